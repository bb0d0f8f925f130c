import type { Ranking, RerankRequest } from '#libs/rerank';
import type { AnswerContext } from '../shared/dialect.js';
import { toRequest, wantsDocuments } from '../shared/rerank-options.js';
import { resultsOf } from '../shared/results.js';
import type { InfinityRerankDto } from './infinity.dto.js';

export function fromInfinity(body: InfinityRerankDto): RerankRequest {
  return toRequest(body.query, body.documents, body);
}

/** Infinity itself answers `document: null` when none was asked for; left out, it breaks nobody. */
export function toInfinity(ranking: Ranking, body: InfinityRerankDto, context: AnswerContext) {
  const shape = wantsDocuments(body) === true ? 'string' : 'none';
  return {
    object: 'rerank',
    results: resultsOf(ranking, body.documents, body, shape),
    model: body.model ?? context.servedModel,
    usage: { prompt_tokens: ranking.promptTokens, total_tokens: ranking.promptTokens },
    id: `infinity-${context.requestId}`,
    created: context.createdSeconds,
  };
}
