import type { Ranking, RerankRequest } from '#libs/rerank';
import { toRequest } from '../shared/rerank-options.js';
import type { NimRankingDto } from './nim.dto.js';

/** All passages are ranked: a NIM has no `top_n`, though RAGFlow sends one. */
export function fromNim(body: NimRankingDto): RerankRequest {
  const { topN: _topN, ...request } = toRequest(body.query, body.passages, body);
  return request;
}

/** Log-odds, unbounded, best first. */
export function toNim(ranking: Ranking) {
  return {
    rankings: ranking.ranked.map(({ index, rawScore }) => ({ index, logit: rawScore })),
    usage: { prompt_tokens: ranking.promptTokens, total_tokens: ranking.promptTokens },
  };
}
