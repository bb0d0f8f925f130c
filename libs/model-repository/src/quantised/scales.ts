import type { FileTensor } from '../file-tensor.js';
import { numbersOf } from './numbers.js';
import type { Parts } from './quantised-weight.js';

export const FLOAT_TYPES = ['float32', 'bfloat16', 'float16'] as const;

/** Numbers that are shared by blocks of a weight: [N / blockRows, K / blockColumns], the last blocks may be smaller. */
export interface Blocks {
  readonly values: ArrayLike<number>;
  readonly columns: number;
  readonly blockRows: number;
  readonly blockColumns: number;
}

interface BlockSizes {
  /** Of the weight. */
  readonly shape: readonly [rows: number, columns: number];
  /** What one number stands for; absent: a row, and all columns. */
  readonly block: { readonly rows?: number; readonly columns?: number };
  readonly dtypes?: readonly string[];
}

/** Reads scales (or zero points) of a weight, whose shape says for how much each of them stands. */
export function blocksOf(parts: Parts, part: string, { shape, block, dtypes = FLOAT_TYPES }: BlockSizes): Blocks {
  const [rows, columns] = shape;
  const found = parts.get(part, dtypes);
  // One for all: a scalar, [1] or [1, 1].
  if (found.shape.every((size) => size === 1))
    return { values: numbersOf(found), columns: 1, blockRows: rows, blockColumns: columns };
  const blockRows = block.rows ?? 1;
  const blockColumns = block.columns ?? columns;
  const expected = [Math.ceil(rows / blockRows), Math.ceil(columns / blockColumns)] as const;
  const isVector = found.shape.length === 1 && expected[1] === 1;
  parts.get(part, dtypes, isVector ? [expected[0]] : expected);
  return { values: numbersOf(found), columns: expected[1], blockRows, blockColumns };
}

/** The place in `values` of each column of a row, for weights whose groups are by column. */
export function groupStarts(blocks: Blocks, row: number): number {
  return Math.floor(row / blocks.blockRows) * blocks.columns;
}

/** Which group each column belongs to: by its place, or as a reordered checkpoint lists it. */
export function groupsOfColumns(columns: number, size: number, listed?: FileTensor): ArrayLike<number> {
  const found = listed === undefined ? undefined : numbersOf(listed);
  // -1 throughout: written and not used.
  if (found !== undefined && Array.from(found).some((group) => group >= 0)) return found;
  return Int32Array.from({ length: columns }, (_, column) => Math.floor(column / size));
}
