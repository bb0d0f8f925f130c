/** Routes that several vendors' clients call; what they send tells them apart. */
export const RERANK = ['/rerank', '/', '/invocations'] as const;

export const V1_RERANK = ['/v1/rerank'] as const;
export const RERANKING = ['/v1/reranking'] as const;
export const SCORE = ['/v1/score'] as const;

/** Where a body with a list of its own name is known, whatever else it has. */
export const ANY_RERANK = [...RERANK, ...V1_RERANK, ...RERANKING] as const;
