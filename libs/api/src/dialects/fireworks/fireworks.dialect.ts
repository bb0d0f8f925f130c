import { defineDialect } from '../dialect.js';
import { generic } from '../generic/generic.dialect.js';
import { superset } from '../generic/superset.js';
import { RERANKING, V1_RERANK } from '../shared-paths.js';
import { anyOf, hasHeaderLike, hasText } from '../signs.js';
import { FireworksRerankDto } from './fireworks.dto.js';

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
    ...generic.example,
    request: (query, documents) => ({
      model: 'qwen3-reranker-8b',
      query,
      documents,
      task: 'Given a web search query, retrieve relevant passages that answer the query',
    }),
    list: 'data',
  },
});
