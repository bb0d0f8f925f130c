/** Where each code point of a text starts, in UTF-16 units and in UTF-8 bytes; a lone surrogate is a code point. */
export class TextPositions {
  private readonly units: readonly number[];
  private readonly bytes: readonly number[];

  constructor(text: string) {
    const units = [0];
    const bytes = [0];
    for (const character of text) {
      units.push(units.at(-1)! + character.length);
      // Of a lone surrogate the bytes of U+FFFD, which is what the tokenizer reads.
      bytes.push(bytes.at(-1)! + Buffer.byteLength(character));
    }
    this.units = units;
    this.bytes = bytes;
  }

  /** The code point that starts at the UTF-16 unit; inside a pair, the one behind it. */
  ofUnit(unit: number): number {
    return firstAtLeast(this.units, unit);
  }

  /** The code point that starts at the byte; inside a character, the one behind it. */
  ofByte(byte: number): number {
    return firstAtLeast(this.bytes, byte);
  }

  unitOf(point: number): number {
    return this.units[point]!;
  }
}

/** Place of the first value, from ascending ones, that is not below `wanted`; past the end: the last place. */
function firstAtLeast(values: readonly number[], wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (values[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
