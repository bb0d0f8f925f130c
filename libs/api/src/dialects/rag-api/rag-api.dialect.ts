import { toRequest } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { integer, list, number, object, text } from '../schema.js';
import { RERANKING, V1_RERANK } from '../shared-paths.js';
import { hasListOnly } from '../signs.js';
import { RagApiRerankDto } from './rag-api.dto.js';

/** What LibreChat's rag_api client sends to `/v1/rerank`. */
export const ragApi = defineDialect({
  name: 'rag-api',
  mounts: [...V1_RERANK, ...RERANKING],
  matches: hasListOnly('candidates'),
  request: RagApiRerankDto,
  answer: object({ results: list(object({ index: integer, score: number })), model: text }),
  toRequests: (body) => [toRequest(body.query, body.candidates, body)],
  toAnswer: ([ranking], body, { servedModel }) => {
    const score = scoreOf(body);
    return {
      results: ranking.ranked.map((document) => ({ index: document.index, score: score(document) })),
      model: body.model ?? servedModel,
    };
  },
  example: {
    request: (query, documents) => ({
      query,
      candidates: documents.map((document, id) => ({ id: String(id), text: document, base_score: 0.5 })),
      top_n: documents.length,
    }),
    list: 'results',
    score: 'score',
  },
});
