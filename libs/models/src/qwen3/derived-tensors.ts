import { toFloat32, type StoredTensor } from '#libs/tensor';

/** A tensor that was made of others. */
export function inMemory(name: string, shape: readonly number[], values: Float32Array): StoredTensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: 'float32', shape, read: () => bytes };
}

/** Vectors end to end. */
export function laidEndToEnd(parts: readonly StoredTensor[]): StoredTensor {
  const values = parts.flatMap((part) => [...floatsOf(part)]);
  return inMemory(parts.map(({ name }) => name).join('+'), [values.length], Float32Array.from(values));
}

export function scaled(stored: StoredTensor, factor: number): StoredTensor {
  return inMemory(
    stored.name,
    stored.shape,
    floatsOf(stored).map((value) => value * factor),
  );
}

function floatsOf(stored: StoredTensor): Float32Array {
  return toFloat32(stored.read(), stored.dtype);
}
