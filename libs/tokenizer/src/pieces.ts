import { totalTokens } from './token-arrays.js';

/** A token and the characters that it came from; several tokens may share one character. */
export interface Piece {
  readonly id: number;
  /** As the text has it, before normalisation. */
  readonly text: string;
  /** First byte in the UTF-8 form of the text. */
  readonly start: number;
  /** The byte after the last one. */
  readonly stop: number;
}

/** Numbers per token in the form that travels between threads: its id, and the code points where it starts and stops. */
export const NUMBERS_PER_PIECE = 3;

/** The pieces of a text, made as they are asked for: all at once they take a hundred times the text. */
export class Pieces implements Iterable<Piece> {
  /** Of the tokens in their order, in as many parts as they came in. */
  constructor(
    private readonly text: string,
    private readonly parts: readonly Int32Array[],
  ) {}

  get length(): number {
    return totalTokens(this.parts) / NUMBERS_PER_PIECE;
  }

  /** The part of the text that the tokens [from, to) stand for, and the code point where it starts. */
  part(from: number, to: number): { readonly start: number; readonly text: string } {
    const start = this.numberAt(from * NUMBERS_PER_PIECE + 1);
    const cursor = new Cursor(this.text);
    cursor.moveTo(start);
    const first = cursor.unit;
    cursor.moveTo(this.numberAt((to - 1) * NUMBERS_PER_PIECE + 2));
    return { start, text: this.text.slice(first, cursor.unit) };
  }

  *ids(): Generator<number> {
    for (const numbers of this.parts) {
      for (let at = 0; at < numbers.length; at += NUMBERS_PER_PIECE) yield numbers[at]!;
    }
  }

  *[Symbol.iterator](): Generator<Piece> {
    const first = new Cursor(this.text);
    const end = new Cursor(this.text);
    for (const numbers of this.parts) {
      for (let at = 0; at < numbers.length; at += NUMBERS_PER_PIECE) {
        first.moveTo(numbers[at + 1]!);
        end.moveTo(numbers[at + 2]!);
        yield { id: numbers[at]!, text: this.text.slice(first.unit, end.unit), start: first.byte, stop: end.byte };
      }
    }
  }

  private numberAt(index: number): number {
    let before = 0;
    for (const numbers of this.parts) {
      if (index - before < numbers.length) return numbers[index - before]!;
      before += numbers.length;
    }
    throw new RangeError(`there is no token ${Math.floor(index / NUMBERS_PER_PIECE)} in ${this.length}`);
  }
}

/** A place in a text, in code points, UTF-16 units and UTF-8 bytes; moves forward at the cost of the way. */
class Cursor {
  unit = 0;
  byte = 0;
  private codePoint = 0;

  constructor(private readonly text: string) {}

  moveTo(codePoint: number): void {
    if (codePoint < this.codePoint) this.unit = this.byte = this.codePoint = 0;
    for (; this.codePoint < codePoint; this.codePoint += 1) {
      const value = this.text.codePointAt(this.unit)!;
      this.unit += value < 0x10000 ? 1 : 2;
      this.byte += bytesOf(value);
    }
  }
}

function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
