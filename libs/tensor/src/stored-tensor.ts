/** Element types that a checkpoint may store; every backend reads all three. */
export type StoredDtype = 'bfloat16' | 'float16' | 'float32';

/** One tensor of a checkpoint, still on disk (or in memory, for values that were derived from others). */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** Where the bytes lie, for a backend that maps files itself; absent for a tensor made in memory. */
  readonly location?: { readonly path: string; readonly offsetBytes: number };
  /** Little-endian elements in row-major order; `rows` reads rows [first, first + count) of the first dimension only. */
  read(rows?: { readonly first: number; readonly count: number }): Uint8Array;
  /** The same weight in 8 bits, where it is stored so. */
  readonly int8?: Int8Rows;
}

/** A weight [N, K] as whole numbers, int8 row-major, and what those of each row are multiplied by. */
interface Int8Rows {
  /** [N] */
  readonly scales: Float32Array;
  readonly location?: StoredTensor['location'];
  read(): Uint8Array;
}
