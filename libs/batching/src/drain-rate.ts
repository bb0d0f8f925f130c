/** Weight of the newest batch: the last ten or so decide. */
const NEWEST_WEIGHT = 0.1;
/** What the engine measured while it warmed up counts as a batch at least so long. */
const LEAST_FIRST_SECONDS = 0.05;

/**
 * Tokens per second of finished batches: the tokens of the last ones over their seconds, the newest weighing most. Sums, because
 * two batches that are answered at once are timed as one long and one far too short: a mean of rates would follow the latter.
 */
export class DrainRate {
  private tokens = Infinity;
  private seconds = 1;
  private isMeasured = false;

  constructor(private readonly newestWeight = NEWEST_WEIGHT) {}

  /** Starts from the rate that the engine measured while it warmed up. */
  reset(tokensPerSecond: number): void {
    this.tokens = tokensPerSecond;
    this.seconds = 1;
    this.isMeasured = false;
  }

  add(tokens: number, seconds: number): void {
    if (seconds <= 0) return;
    if (!this.isMeasured) {
      const first = Math.max(seconds, LEAST_FIRST_SECONDS);
      this.tokens = this.tokensIn(first);
      this.seconds = first;
      this.isMeasured = true;
    }
    this.tokens += this.newestWeight * (tokens - this.tokens);
    this.seconds += this.newestWeight * (seconds - this.seconds);
  }

  exactSecondsFor(tokens: number): number {
    return (tokens * this.seconds) / this.tokens;
  }

  tokensIn(seconds: number): number {
    return (this.tokens * seconds) / this.seconds;
  }
}
