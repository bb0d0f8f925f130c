import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { toRequest, wantsDocuments } from '../shared/rerank-options.js';
import { metaOf, resultsOf } from '../shared/results.js';
import type { CohereV1RerankDto, CohereV2RerankDto } from './cohere.dto.js';

/** Documents of v2 are cut here, without a word, when the caller names no limit. */
const V2_TOKENS_PER_DOCUMENT = 4096;

export function fromCohereV1(body: CohereV1RerankDto): RerankRequest {
  return toRequest(body.query, body.documents, body);
}

export function fromCohereV2(body: CohereV2RerankDto): RerankRequest {
  const request = toRequest(body.query, body.documents, body);
  return { ...request, limits: { documentTokens: V2_TOKENS_PER_DOCUMENT, ...request.limits } };
}

export function toCohereV1(ranking: Ranking, body: CohereV1RerankDto, { requestId }: AnswerContext) {
  const shape = wantsDocuments(body) === true ? 'object' : 'none';
  return { id: requestId, results: resultsOf(ranking, body.documents, body, shape), meta: metaOf(ranking, '1') };
}

export function toCohereV2(ranking: Ranking, body: CohereV2RerankDto, { requestId }: AnswerContext) {
  return { id: requestId, results: resultsOf(ranking, body.documents, body, 'none'), meta: metaOf(ranking, '2') };
}
