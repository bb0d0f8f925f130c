import { DocumentsField, QueryField, Shows } from '../../shared/option-rules.js';
import { RerankOptionsDto } from '../../shared/rerank-options.dto.js';
import { oneRequest } from '../../shared/rerank-options.js';
import { scoreOf } from '../../shared/results.js';
import { defineDialect } from '../dialect.js';
import { integer, list, number, object } from '../schema.js';

@Shows({ model: { type: String }, top_n: { type: 'integer' } })
class IsaacusRerankDto extends RerankOptionsDto {
  @QueryField() readonly query: string;

  @DocumentsField({ items: { type: 'string' } }) readonly texts: readonly string[];
}

/** `POST /v1/rerankings` of Isaacus. */
export const isaacus = defineDialect({
  name: 'isaacus',
  mounts: ['/isaacus/v1/rerankings', '/v1/rerankings'],
  request: IsaacusRerankDto,
  answer: object({
    results: list(object({ index: integer, score: number })),
    usage: object({ input_tokens: integer }),
  }),
  toRequests: ({ texts, ...body }) => oneRequest()({ ...body, documents: texts }),
  toAnswer: ([ranking], body) => {
    const score = scoreOf(body);
    return {
      results: ranking.ranked.map((document) => ({ index: document.index, score: score(document) })),
      usage: { input_tokens: ranking.promptTokens },
    };
  },
  example: {
    request: (query, texts) => ({ model: 'kanon-2-reranker', query, texts }),
    score: 'score',
    code: { title: 'Isaacus' },
  },
});
