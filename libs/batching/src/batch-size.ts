import { DrainRate } from './drain-rate.js';

/** Weight of the newest batch: two or three decide. */
const NEWEST_WEIGHT = 0.5;
/** A smaller batch leaves the arithmetic units idle. */
const LEAST_TOKENS = 512;

/** How large batches may be, as an engine says when it is ready. */
export interface BatchBudget {
  readonly maxBatchTokens: number;
  readonly tokensPerSecond: number;
  /** Time that a batch should take; absent: it is as large as it may be. */
  readonly batchTargetMs?: number;
}

/**
 * Tokens of a batch that takes the time it should. What an engine measures while it warms up is more than it does later: texts are
 * longer, large batches leave the processor's caches, and others use its cores. Never more than the engine's own figure.
 */
export class BatchSize {
  private most: number;
  /** Of full batches alone: in a smaller one a token takes longer. */
  private readonly rate = new DrainRate(NEWEST_WEIGHT);

  constructor(private readonly budget: BatchBudget) {
    this.most = budget.maxBatchTokens;
    this.rate.reset(budget.tokensPerSecond);
  }

  get tokens(): number {
    const { batchTargetMs } = this.budget;
    if (batchTargetMs === undefined) return this.most;
    const inTime = Math.floor(this.rate.tokensIn(batchTargetMs / 1000));
    return Math.min(this.most, Math.max(LEAST_TOKENS, inTime));
  }

  /** Batches of more tokens do not fit the engine's memory. */
  shrink(maxBatchTokens: number): void {
    this.most = maxBatchTokens;
  }

  measured(tokens: number, seconds: number): void {
    if (2 * tokens >= this.tokens) this.rate.add(tokens, seconds);
  }
}
