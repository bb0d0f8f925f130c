import { toFloat32, type StoredTensor } from '#libs/tensor';
import { isFloat, type FileTensor } from '../file-tensor.js';

/** The whole numbers or floats of a tensor, row-major. */
export function numbersOf(tensor: FileTensor, rows?: Parameters<StoredTensor['read']>[0]): ArrayLike<number> {
  const bytes = tensor.read(rows);
  if (isFloat(tensor)) return toFloat32(bytes, tensor.dtype);
  switch (tensor.dtype) {
    case 'int8':
      return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    case 'int32':
      return new Int32Array(bytes.slice().buffer);
    case 'int64':
      return Array.from(new BigInt64Array(bytes.slice().buffer), Number);
    case 'float8':
      return Float32Array.from(bytes, (byte) => FLOAT8[byte]!);
    default:
      return bytes;
  }
}

/** OCP E4M3 as PyTorch has it: 1 sign, 4 exponent and 3 fraction bits, no infinity. */
const FLOAT8 = Float32Array.from({ length: 256 }, (_, byte) => {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 0xf;
  const fraction = byte & 0x7;
  if (exponent === 0xf && fraction === 0x7) return Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
});

/** Element `index` of whole numbers of `bits` bits, laid end to end into 32-bit words from the lowest bit on, across words. */
export function packedNumber(words: ArrayLike<number>, index: number, bits: number): number {
  const first = index * bits;
  const word = Math.floor(first / 32);
  const shift = first % 32;
  const low = words[word]! >>> shift;
  const high = shift + bits > 32 ? words[word + 1]! << (32 - shift) : 0;
  return (low | high) & (2 ** bits - 1);
}
