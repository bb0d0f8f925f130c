import { isSuspect } from './batch-recovery.js';
import { tokensOf, type Batch } from './batch.js';

/** One batch is on its way while one is computed; a deeper queue only adds latency before cancellation can act. */
const MOST_IN_FLIGHT = 2;
/** Of the predicted time of a batch: what is left of it when the next one is sent. */
const LEAD_PART = 0.25;
/** Never less: the way to the engine and a late timer must not leave it idle. The longer, the fewer requests are in a short batch. */
const MIN_LEAD_MS = 10;

/** When batches are sent. */
export interface Moment {
  readonly nowMs: number;
  /** A batch may be sent before the one in front of it is done. */
  readonly ahead: boolean;
}

/**
 * What the engine has, in the order in which it computes it. The second batch is sent when the first one is nearly done:
 * a request that arrives until then is in it, and waits for one batch instead of two.
 */
export class BatchesInFlight {
  private batches: readonly Batch[] = [];
  /** When the first of them was begun. */
  private beganMs = 0;

  get tokens(): number {
    return this.batches.reduce((tokens, batch) => tokens + tokensOf(batch), 0);
  }

  add(batch: Batch, nowMs: number): void {
    if (this.batches.length === 0) this.beganMs = nowMs;
    this.batches = [...this.batches, batch];
  }

  remove(batch: Batch, nowMs: number): void {
    this.batches = this.batches.filter((other) => other !== batch);
    this.beganMs = nowMs;
  }

  /** Milliseconds until the next batch is sent; 0: now; Infinity: not before one comes back. */
  msUntilNext({ nowMs, ahead }: Moment, secondsFor: (tokens: number) => number): number {
    const [first] = this.batches;
    if (first === undefined) return 0;
    if (!ahead || this.batches.length >= MOST_IN_FLIGHT || isSuspect(first)) return Infinity;
    const predictedMs = 1000 * secondsFor(tokensOf(first));
    const leadMs = Math.max(MIN_LEAD_MS, LEAD_PART * predictedMs);
    return Math.max(0, Math.ceil(this.beganMs + predictedMs - leadMs - nowMs));
  }

  /** Seconds until all of them are computed, by prediction. */
  secondsLeft(nowMs: number, secondsFor: (tokens: number) => number): number {
    const [first, ...others] = this.batches.map((batch) => secondsFor(tokensOf(batch)));
    if (first === undefined) return 0;
    const begun = Math.max(0, first - (nowMs - this.beganMs) / 1000);
    return others.reduce((seconds, other) => seconds + other, begun);
  }
}
