/** Routes that several vendors' clients call; what they send tells them apart. */
export const RERANK = ['/rerank', '/', '/invocations'] as const;

/** SDKs append /v1 to a base URL that has it. */
export const V1_RERANK = ['/v1/rerank', '/v1/v1/rerank', '/api/v1/rerank'] as const;
export const RERANKING = ['/v1/reranking', '/reranking'] as const;
export const SCORE = ['/v1/score', '/score'] as const;

/** Where a body with a list of its own name is known, whatever else it has. */
export const ANY_RERANK = [...RERANK, ...V1_RERANK, ...RERANKING] as const;
