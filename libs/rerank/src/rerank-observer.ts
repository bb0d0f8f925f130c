import type { Totals } from './totals.js';

/** The port metrics implements. */
export interface RerankObserver {
  /** What can be answered, told once at the start, so that every series exists before its first event. */
  expectAnswers(dialects: readonly string[], statuses: readonly number[]): void;
  /** A request came in the model's own prompt, which was taken off. */
  unwrapped(): void;
  /** An answer left, whatever its status; without totals nothing was ranked. */
  answered(
    answer: { readonly dialect: string; readonly status: number; readonly seconds: number },
    totals?: Totals,
  ): void;
}

export const RERANK_OBSERVER = Symbol('RERANK_OBSERVER');
