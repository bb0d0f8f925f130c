import type { StoredTensor } from '#libs/tensor';
import { Random } from '#apps/workshop';

/** Float32 values of mean 0: a processor or GPU multiplies equal ones faster than a model's. */
export function randomRows(rows: number, columns: number, width = 1): StoredTensor {
  const random = new Random(rows + columns);
  const values = Float32Array.from({ length: rows * columns }, () => width * (random.next() - 0.5));
  return { name: 'rows', dtype: 'float32', shape: [rows, columns], read: () => new Uint8Array(values.buffer) };
}
