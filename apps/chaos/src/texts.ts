const WORDS = (
  'river engine music market winter garden history signal energy border copper theory river planet doctor silver bridge ' +
  'forest window travel letter animal school number island summer branch orange'
).split(' ');

/** Texts that never repeat, the same in every run: a linear congruential generator over a few words. */
export class Texts {
  private state = 1;

  /** A whole number from 0 to below `limit`. */
  number(limit: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.number(values.length)]!;
  }

  text(words: number): string {
    return Array.from({ length: words }, () => this.pick(WORDS)).join(' ');
  }

  /** The body of a request with this many documents of about this many tokens. */
  body(documents: number, words: number): string {
    return JSON.stringify({
      query: this.text(8),
      documents: Array.from({ length: documents }, () => this.text(words)),
    });
  }
}
