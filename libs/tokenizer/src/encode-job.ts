import { unpackIds, type PackedIds } from './packed-ids.js';

/** Consecutive texts of one job, small enough that others need not wait long for their turn. */
export interface Slice {
  readonly job: EncodeJob;
  /** Index of the first text in its job. */
  readonly first: number;
  readonly texts: readonly string[];
}

// About 8,000 tokens of English, 30 ms of one core.
const SLICE_CHARACTERS = 32_768;
// What a text costs however short it is, in characters.
const TEXT_OVERHEAD = 32;

/** The texts of one caller, handed out in slices; settles when every slice was delivered or one failed. */
export class EncodeJob {
  readonly result: Promise<Int32Array[]>;
  private readonly ids: Int32Array[] = [];
  private taken = 0;
  private missing: number;
  private resolve!: (ids: Int32Array[]) => void;
  private reject!: (reason: unknown) => void;

  constructor(
    private readonly texts: readonly string[],
    readonly spans = false,
  ) {
    this.missing = texts.length;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get exhausted(): boolean {
    return this.taken === this.texts.length;
  }

  /** The next texts, at least one: a text is never split, its tokens depend on all of it. */
  nextSlice(): Slice {
    const first = this.taken;
    let cost = 0;
    while (!this.exhausted && cost < SLICE_CHARACTERS) {
      cost += this.texts[this.taken]!.length + TEXT_OVERHEAD;
      this.taken += 1;
    }
    return { job: this, first, texts: this.texts.slice(first, this.taken) };
  }

  deliver(slice: Slice, packed: PackedIds): void {
    unpackIds(packed).forEach((ids, index) => {
      this.ids[slice.first + index] = ids;
    });
    this.missing -= slice.texts.length;
    if (this.missing === 0) this.resolve(this.ids);
  }

  fail(reason: unknown): void {
    this.reject(reason);
  }
}
