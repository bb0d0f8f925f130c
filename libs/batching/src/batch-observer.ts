export interface FinishedBatch {
  readonly requests: number;
  readonly documents: number;
  /** Tokens the planner counted, and the budget they were to fill. */
  readonly tokens: number;
  readonly tokenBudget: number;
  readonly computedTokens: number;
  readonly sharedTokens: number;
  readonly seconds: number;
}

/** The port metrics implements. */
export interface BatchObserver {
  batchFinished(batch: FinishedBatch): void;
  batchFailed(): void;
  queueChanged(queue: { readonly tokens: number; readonly requests: number }): void;
  rejected(reason: 'queued_tokens' | 'concurrent_requests'): void;
  cancelled(): void;
}
