import type { StoredTensor } from '#libs/tensor';
import { toBfloat16 } from '../parity/hash-weights.js';
import { stored } from './stored.js';

const LARGEST = 448;
/** Every number of e4m3 that is not negative, by its code: 4 bits of exponent, 3 of fraction; code 127 is no number. */
const NUMBERS = Array.from({ length: 127 }, (_, code) => {
  const [exponent, fraction] = [code >> 3, code & 7];
  return exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10);
});

/** A tensor of float32, each row rounded to e4m3 with a scale of its own and back: what `DTYPE=fp8` multiplies. */
export function throughEightBits(tensor: StoredTensor): StoredTensor {
  const [rows, columns] = tensor.shape as [number, number];
  const values = floats(tensor);
  for (let row = 0; row < rows; row += 1) {
    const part = values.subarray(row * columns, (row + 1) * columns);
    const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / LARGEST;
    part.forEach((value, column) => (part[column] = scale === 0 ? 0 : scale * nearest(value / scale)));
  }
  return stored([rows, columns], values);
}

/** The same tensor with values that bfloat16 holds. */
export function inBfloat16(tensor: StoredTensor): StoredTensor {
  const bits = Uint32Array.from(toBfloat16(floats(tensor)), (half) => half << 16);
  return stored(tensor.shape as [number, number], new Float32Array(bits.buffer));
}

function floats(tensor: StoredTensor): Float32Array {
  return new Float32Array(tensor.read().slice().buffer);
}

/** To nearest; of two that are as near, the one with the even code. */
function nearest(value: number): number {
  const magnitude = Math.abs(value);
  const above = NUMBERS.findIndex((number) => number >= magnitude);
  if (above <= 0) return above === 0 ? 0 : Math.sign(value) * LARGEST;
  const [low, high] = [NUMBERS[above - 1]!, NUMBERS[above]!];
  const [down, up] = [magnitude - low, high - magnitude];
  const even = above % 2 === 0 ? high : low;
  return Math.sign(value) * (down === up ? even : down < up ? low : high);
}
