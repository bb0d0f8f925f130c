/** Weight of the newest batch: the last ten or so decide. */
const NEWEST_WEIGHT = 0.1;

/** Tokens per second that leave the queue, as an exponentially weighted mean over finished batches. */
export class DrainRate {
  private tokensPerSecond = Infinity;

  /** Starts from the rate that the engine measured while it warmed up. */
  reset(tokensPerSecond: number): void {
    this.tokensPerSecond = tokensPerSecond;
  }

  add(tokens: number, seconds: number): void {
    if (seconds <= 0) return;
    const newest = tokens / seconds;
    this.tokensPerSecond += NEWEST_WEIGHT * (newest - this.tokensPerSecond);
  }

  exactSecondsFor(tokens: number): number {
    return tokens / this.tokensPerSecond;
  }

  tokensIn(seconds: number): number {
    return this.tokensPerSecond * seconds;
  }
}
