import { toRequest, wantsDocuments } from '../../shared/rerank-options.js';
import { scoreOf, usage, usageOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { anyObject, either, exactly, flag, integer, list, number, object, text } from '../schema.js';
import { RERANKING } from '../shared-paths.js';
import { MixedbreadRerankDto } from './mixedbread.dto.js';

const item = object(
  { index: integer, score: number, object: exactly('rank_result') },
  { input: either(text, anyObject) },
);

/** `POST /v1/reranking` of Mixedbread. */
export const mixedbread = defineDialect({
  name: 'mixedbread',
  mounts: ['/mixedbread/v1/reranking', ...RERANKING],
  matches: (fields) => 'input' in fields,
  request: MixedbreadRerankDto,
  answer: object({
    object: exactly('list'),
    model: text,
    data: list(item),
    usage,
    top_k: integer,
    return_input: flag,
  }),
  toRequests: (body) => [toRequest(body.query, body.input, body)],
  /** The input comes back as it was sent, strings as strings and objects as objects. */
  toAnswer: ([ranking], body, { servedModel }) => {
    const score = scoreOf(body);
    const shown = wantsDocuments(body) === true;
    return {
      object: 'list' as const,
      model: body.model ?? servedModel,
      data: ranking.ranked.map((document) => ({
        index: document.index,
        score: score(document),
        ...(shown && { input: body.input[document.index]! }),
        object: 'rank_result' as const,
      })),
      usage: usageOf(ranking),
      top_k: ranking.ranked.length,
      return_input: shown,
    };
  },
  example: {
    request: (query, input) => ({ model: 'qwen3-reranker', query, input }),
    list: 'data',
    score: 'score',
    code: { title: 'Mixedbread' },
  },
});
