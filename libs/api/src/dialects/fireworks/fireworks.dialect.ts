import { Shows, TextField } from '../../shared/option-rules.js';
import { defineDialect } from '../dialect.js';
import { RerankDto } from '../generic/generic.dto.js';
import { superset } from '../generic/superset.js';
import { RERANKING, V1_RERANK } from '../shared-paths.js';
import { anyOf, hasHeaderLike, hasText } from '../signs.js';

/** `POST /inference/v1/rerank` of Fireworks, which serves Qwen3-Reranker. */
@Shows({ task: { type: String, description: 'What makes a document relevant, in English: its name of instruction.' } })
class FireworksRerankDto extends RerankDto {
  @TextField() readonly task?: string;
}

const answering = superset({ data: 'always' });

/** A Fireworks client on a path that others call too: it reads `data`, and its instruction is called `task`. */
export const fireworks = defineDialect({
  ...answering,
  name: 'fireworks',
  mounts: [...V1_RERANK, ...RERANKING],
  matches: anyOf(
    hasText('task'),
    hasHeaderLike('User-Agent', 'that begins with `Fireworks` or `AsyncFireworks`', /^(?:Async)?Fireworks\//u),
  ),
  request: FireworksRerankDto,
  toRequests: ({ task, ...body }: FireworksRerankDto) =>
    answering.toRequests(task === undefined ? body : { ...body, instruction: body.instruction ?? task }),
  example: {
    request: (query, documents) => ({
      model: 'qwen3-reranker-8b',
      query,
      documents,
      task: 'Given a web search query, retrieve relevant passages that answer the query',
    }),
    list: 'data',
  },
});
