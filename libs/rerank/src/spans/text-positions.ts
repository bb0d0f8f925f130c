/** Where each code point of a text starts, in UTF-16 units and in UTF-8 bytes; a lone surrogate is a code point. */
export class TextPositions {
  private readonly units: Uint32Array;
  private readonly bytes: Uint32Array;

  constructor(text: string) {
    const units = new Uint32Array(text.length + 1);
    const bytes = new Uint32Array(text.length + 1);
    let points = 0;
    for (let unit = 0, byte = 0; unit < text.length; points += 1) {
      const point = text.codePointAt(unit)!;
      unit += point > 0xffff ? 2 : 1;
      byte += bytesOf(point);
      units[points + 1] = unit;
      bytes[points + 1] = byte;
    }
    this.units = units.subarray(0, points + 1);
    this.bytes = bytes.subarray(0, points + 1);
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

/** In UTF-8. Of a lone surrogate as many as U+FFFD has, which is what the tokenizer reads. */
function bytesOf(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point > 0xffff ? 4 : 3;
}

/** Place of the first value, from ascending ones, that is not below `wanted`; past the end: the last place. */
function firstAtLeast(values: Uint32Array, wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (values[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
