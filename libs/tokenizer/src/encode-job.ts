import { NUMBERS_PER_PIECE } from './pieces.js';
import { unpackIds, type PackedIds } from './packed-ids.js';
import { concatenate } from './token-arrays.js';

/** Consecutive parts of one job's texts, small enough that others need not wait long for their turn. */
export interface Slice {
  readonly job: EncodeJob;
  /** Index of the first part in its job. */
  readonly first: number;
  readonly texts: readonly string[];
  /** Characters, and what each text costs on top. */
  readonly cost: number;
}

export interface JobOptions {
  /** Where each token starts and stops is wanted too. */
  readonly spans?: boolean;
  /** The parts of a text whose tokens are those of the text, one after the other. Absent: a text is its only part. */
  readonly partsOf?: ((text: string) => readonly string[]) | undefined;
}

// What a text costs however short it is, in characters.
const TEXT_OVERHEAD = 32;

/** A text whose parts were handed out, or some of them. */
interface Begun {
  readonly text: number;
  /** Number of its first part. */
  readonly first: number;
  readonly ids: Int32Array[];
  missing: number;
}

/** A part that was handed out. */
interface HandedOut {
  readonly of: Begun;
  /** Before it in its text; counted only where spans are wanted. */
  readonly codePoints: number;
}

/** The texts of one caller, handed out in slices; settles when every slice was delivered or one failed. */
export class EncodeJob {
  /** Of each text its ids, or in parts its pieces: those of a megabyte take long to be laid end to end. */
  readonly result: Promise<Int32Array[][]>;
  readonly spans: boolean;
  private readonly partsOf: (text: string) => readonly string[];
  private readonly ids: Int32Array[][];
  private missing: number;
  private readonly handedOut: HandedOut[] = [];
  private textsBegun = 0;
  private codePoints = 0;
  private waiting: readonly string[] = [];
  private begun: Begun | undefined;
  private resolve!: (ids: Int32Array[][]) => void;
  private reject!: (reason: unknown) => void;

  constructor(
    private readonly texts: readonly string[],
    { spans = false, partsOf = (text) => [text] }: JobOptions = {},
  ) {
    this.spans = spans;
    this.partsOf = partsOf;
    this.missing = texts.length;
    this.ids = Array.from({ length: texts.length });
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get exhausted(): boolean {
    return this.textsBegun === this.texts.length && this.waiting.length === 0;
  }

  /** The next parts, at least one, of about this many characters. */
  nextSlice(characters: number): Slice {
    const first = this.handedOut.length;
    const texts: string[] = [];
    let cost = 0;
    while (!this.exhausted && cost < characters) {
      const part = this.nextPart();
      texts.push(part);
      cost += part.length + TEXT_OVERHEAD;
    }
    return { job: this, first, texts, cost };
  }

  deliver(slice: Slice, packed: PackedIds): void {
    unpackIds(packed).forEach((ids, index) => {
      const number = slice.first + index;
      const { of, codePoints } = this.handedOut[number]!;
      if (this.spans) shiftSpans(ids, codePoints);
      of.ids[number - of.first] = ids;
      of.missing -= 1;
      if (of.missing === 0) this.finish(of);
    });
    if (this.missing === 0) this.resolve(this.ids);
  }

  fail(reason: unknown): void {
    this.reject(reason);
  }

  /** A text is cut when its turn comes: all of them at once would take long. */
  private nextPart(): string {
    if (this.waiting.length === 0) {
      this.waiting = this.partsOf(this.texts[this.textsBegun]!);
      this.begun = { text: this.textsBegun, first: this.handedOut.length, ids: [], missing: this.waiting.length };
      this.textsBegun += 1;
      this.codePoints = 0;
    }
    const [part = '', ...others] = this.waiting;
    this.waiting = others;
    this.handedOut.push({ of: this.begun!, codePoints: this.codePoints });
    if (this.spans && others.length > 0) this.codePoints += codePointsIn(part);
    return part;
  }

  private finish({ text, ids }: Begun): void {
    this.ids[text] = this.spans || ids.length === 1 ? ids : [concatenate(...ids)];
    this.missing -= 1;
  }
}

/** The code points of pieces, counted from the start of the whole text. */
function shiftSpans(numbers: Int32Array, by: number): void {
  for (let at = 0; at < numbers.length; at += NUMBERS_PER_PIECE) {
    numbers[at + 1]! += by;
    numbers[at + 2]! += by;
  }
}

function codePointsIn(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
