import type { Ranking, RerankRequest } from '#libs/rerank';

/** One vendor's request and answer format. `generic` is the answer that most clients can read, for paths they share. */
export const DIALECTS = [
  'native',
  'generic',
  'cohere-v1',
  'cohere-v2',
  'jina',
  'voyage',
  'tei',
  'vllm',
  'vllm-score',
  'infinity',
  'sglang',
  'sglang-score',
  'nim',
  'mixedbread',
  'string-document',
  'rag-api',
] as const;

export type DialectName = (typeof DIALECTS)[number];

/** What an answer says that is in neither the request nor the ranking. */
export interface AnswerContext {
  readonly requestId: string;
  readonly servedModel: string;
  /** Unix time. */
  readonly createdSeconds: number;
  /** Token ids whose probabilities the model answers. */
  readonly labels: { readonly yesId: number; readonly noId: number };
}

/** Two pure functions, and the class that says what a valid body is. */
export interface Dialect<Body extends object = object> {
  readonly body: new () => Body;
  /** One request, except in APIs that pair several queries with their documents. */
  toRequests(body: Body): readonly RerankRequest[];
  /** Key order is part of the answer: some clients scan the text. */
  toAnswer(rankings: readonly Ranking[], body: Body, context: AnswerContext): unknown;
}

/** A dialect in which a body is one request. */
export function dialect<Body extends object>(
  body: new () => Body,
  toRequest: (body: Body) => RerankRequest,
  toAnswer: (ranking: Ranking, body: Body, context: AnswerContext) => unknown,
): Dialect<Body> {
  return {
    body,
    toRequests: (valid) => [toRequest(valid)],
    toAnswer: ([ranking], valid, context) => toAnswer(ranking!, valid, context),
  };
}
