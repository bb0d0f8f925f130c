import type { Ranking } from './rerank-request.js';

/** The port metrics implements. */
export interface RerankObserver {
  /** What can be answered, told once at the start, so that every series exists before its first event. */
  expectAnswers(dialects: readonly string[], statuses: readonly number[]): void;
  ranked(ranking: Ranking): void;
  /** A request came in the model's own prompt, which was taken off. */
  unwrapped(): void;
  /** A request ended without a ranking, for a reason that is not the request's. */
  gaveUp(reason: 'client_gone' | 'timeout'): void;
  /** An HTTP answer left, whatever its status. */
  answered(answer: { readonly dialect: string; readonly status: number; readonly seconds: number }): void;
}

export const RERANK_OBSERVER = Symbol('RERANK_OBSERVER');
