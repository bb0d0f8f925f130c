import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { toRequest } from '../shared/rerank-options.js';
import { scoreOf } from '../shared/results.js';
import type { RagApiRerankDto } from './rag-api.dto.js';

export function fromRagApi(body: RagApiRerankDto): RerankRequest {
  return toRequest(body.query, body.candidates, body);
}

export function toRagApi(ranking: Ranking, body: RagApiRerankDto, { servedModel }: AnswerContext) {
  const score = scoreOf(body);
  return {
    results: ranking.ranked.map((document) => ({ index: document.index, score: score(document) })),
    model: body.model ?? servedModel,
  };
}
