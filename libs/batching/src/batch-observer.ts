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
  /** The batch could not be scored; `requests` are the names of those that failed with it. */
  batchFailed(failed: { readonly requests: readonly string[]; readonly error: unknown }): void;
  /** The engine ended under the batch; it waits for the next engine. */
  batchInterrupted(): void;
  /** `drainSeconds`: what the measured rate needs for the tokens that wait. */
  queueChanged(queue: { readonly tokens: number; readonly requests: number; readonly drainSeconds: number }): void;
  cancelled(): void;
}
