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

/** The pieces of a text, from what the tokenizer said of it. */
export function toPieces(text: string, numbers: Int32Array): Piece[] {
  const { units, bytes } = boundaries(text);
  return Array.from({ length: numbers.length / NUMBERS_PER_PIECE }, (_, token) => {
    const [id = 0, first = 0, end = 0] = numbers.subarray(token * NUMBERS_PER_PIECE);
    return { id, text: text.slice(units[first], units[end]), start: bytes[first]!, stop: bytes[end]! };
  });
}

/** Where each code point starts, and the last one stops, in UTF-16 units and in UTF-8 bytes. */
function boundaries(text: string): { readonly units: number[]; readonly bytes: number[] } {
  const units = [0];
  const bytes = [0];
  for (const character of text) {
    units.push(units.at(-1)! + character.length);
    bytes.push(bytes.at(-1)! + bytesOf(character.codePointAt(0)!));
  }
  return { units, bytes };
}

function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
