import type { StoredDtype, StoredTensor } from '#libs/tensor';
import { hashWeights, toBfloat16, toFloat16 } from '../parity/hash-weights.js';

type Shape = readonly [length: number] | readonly [rows: number, columns: number];

/** A tensor of a checkpoint that lies in memory; the values must be exact in `dtype`. */
export function stored(shape: Shape, values: ArrayLike<number>, dtype: StoredDtype = 'float32'): StoredTensor {
  const elements = ENCODE[dtype](Float32Array.from(values));
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  const rowBytes = bytes.length / shape[0];
  return {
    name: 'in memory',
    dtype,
    shape,
    // A copy: a backend may keep or change what it was given.
    read: ({ first, count } = { first: 0, count: shape[0] }) =>
      new Uint8Array(bytes.slice(first * rowBytes, (first + count) * rowBytes)),
  };
}

const ENCODE: Readonly<Record<StoredDtype, (values: Float32Array) => Float32Array | Uint16Array>> = {
  float32: (exact) => exact,
  bfloat16: toBfloat16,
  float16: toFloat16,
};

/** Values of mean 0 and variance 1, the same in every run. */
export function random(name: string, shape: Shape): StoredTensor {
  return stored(shape, uniform(name, shape));
}

/** Weights of a multiplication that keeps the variance of its input. */
export function randomLinear(name: string, shape: readonly [rows: number, columns: number]): StoredTensor {
  return stored(shape, uniform(name, shape, Math.sqrt(12 / shape[1])));
}

/** Norm weights from 0.5 to 1.5. */
export function randomNorm(name: string, length: number): StoredTensor {
  return stored([length], hashWeights(name, length, { scale: 1, offset: 1 }));
}

/** Uniform in an interval of width `scale` around 0; √12 makes the variance 1. */
function uniform(name: string, shape: Shape, scale = Math.sqrt(12)): Float32Array {
  return hashWeights(name, shape[0] * (shape[1] ?? 1), { scale, offset: 0 });
}
