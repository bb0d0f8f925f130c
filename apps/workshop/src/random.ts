/** The same numbers in every run: a linear congruential generator with the constants of Numerical Recipes. */
export class Random {
  constructor(private state = 1) {}

  /** From 0 to below 1. */
  next(): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.state / 2 ** 32;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}
