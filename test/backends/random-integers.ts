/** Integers that look random and are the same in every run: a linear congruential generator (Numerical Recipes). */
export class RandomIntegers {
  constructor(private state: number) {}

  /** From 1 to `limit`. */
  upTo(limit: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    // The upper bits: the lower ones of such a generator repeat soon.
    return 1 + Math.floor((this.state / 2 ** 32) * limit);
  }
}
