import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { toRequest, wantsDocuments } from '../shared/rerank-options.js';
import { resultsOf } from '../shared/results.js';
import type { VoyageRerankDto } from './voyage.dto.js';

export function fromVoyage(body: VoyageRerankDto): RerankRequest {
  return toRequest(body.query, body.documents, body);
}

export function toVoyage(ranking: Ranking, body: VoyageRerankDto, { servedModel }: AnswerContext) {
  const shape = wantsDocuments(body) === true ? 'string' : 'none';
  return {
    object: 'list',
    data: resultsOf(ranking, body.documents, body, shape),
    model: body.model ?? servedModel,
    usage: { total_tokens: ranking.promptTokens },
  };
}
