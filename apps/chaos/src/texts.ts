import { Random } from '#apps/workshop';
const WORDS = (
  'river engine music market winter garden history signal energy border copper theory river planet doctor silver bridge ' +
  'forest window travel letter animal school number island summer branch orange'
).split(' ');

/** Texts of a few words that never repeat, the same in every run. */
export class Texts extends Random {
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
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
