import type { StoredDtype } from './stored-tensor.js';

/** Little-endian elements as float32, exactly: every bfloat16 and float16 is one. */
export function toFloat32(bytes: Uint8Array, dtype: StoredDtype): Float32Array {
  if (dtype === 'float32') return new Float32Array(aligned(bytes).buffer, 0, bytes.byteLength / 4);
  const halves = new Uint16Array(aligned(bytes).buffer, 0, bytes.byteLength / 2);
  return dtype === 'bfloat16' ? fromBfloat16(halves) : fromFloat16(halves);
}

/** Rounds to bfloat16, nearest even; the values must be finite. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const rounded = new Uint16Array(values.length);
  // Uint16Array.from with a function is ten times slower, and an embedding has millions of elements.
  for (let index = 0; index < bits.length; index += 1) {
    const value = bits[index]!;
    rounded[index] = (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return rounded;
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) bits[index] = halves[index]! << 16;
  return new Float32Array(bits.buffer);
}

function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) values[index] = float16(halves[index]!);
  return values;
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function float16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The same bytes at the start of a buffer of their own, where a typed array may begin. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset === 0 ? bytes : bytes.slice();
}
