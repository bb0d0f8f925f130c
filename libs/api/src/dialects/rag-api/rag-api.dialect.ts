import type { DocumentInput } from '../../shared/document-input.js';
import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { oneRequest } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { integer, list, number, object, text } from '../schema.js';
import { RERANKING, V1_RERANK } from '../shared-paths.js';
import { hasListOnly } from '../signs.js';

@Shows({
  top_n: { type: 'integer' },
})
class RagApiRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ description: 'Each with a text; id and base_score are not read.' })
  readonly candidates: readonly DocumentInput[];
}

/** What LibreChat's rag_api client sends to `/v1/rerank`. */
export const ragApi = defineDialect({
  name: 'rag-api',
  mounts: [...V1_RERANK, ...RERANKING],
  matches: hasListOnly('candidates'),
  request: RagApiRerankDto,
  answer: object({ results: list(object({ index: integer, score: number })), model: text }),
  toRequests: ({ candidates, ...body }) => oneRequest()({ ...body, documents: candidates }),
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
    score: 'score',
  },
});
