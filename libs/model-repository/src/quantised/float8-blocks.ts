import type { StoredTensor } from '#libs/tensor';
import type { ConfigReader } from '../config-reader.js';
import { scaleRows } from './compressed-tensors.js';
import { numbersOf } from './numbers.js';
import { madeOf, type Parts } from './quantised-weight.js';
import { blocksOf, groupsOfColumns } from './scales.js';

/** Floats of 8 bits with a scale for each block, or for the whole weight. */
export interface Float8Scheme {
  readonly block: readonly [rows: number, columns: number] | undefined;
}

export function float8Scheme(reader: ConfigReader): Float8Scheme {
  const block = reader.value('weight_block_size') ?? undefined;
  if (block === undefined) return { block: undefined };
  if (Array.isArray(block) && block.length === 2 && block.every((size) => Number.isSafeInteger(size) && size > 0)) {
    return { block: block as unknown as readonly [number, number] };
  }
  return reader.refuse('weight_block_size', 'two sizes');
}

/** The weight of a module, or undefined for one that is stored whole. */
export function float8Weight(parts: Parts, { block }: Float8Scheme): StoredTensor | undefined {
  const stored = parts.optional('weight');
  if (stored?.dtype !== 'float8') return undefined;
  const shape = stored.shape as [number, number];
  const sizes = block === undefined ? {} : { rows: block[0], columns: block[1] };
  const scale = blocksOf(parts, parts.has('weight_scale_inv') ? 'weight_scale_inv' : 'weight_scale', {
    shape,
    block: sizes,
  });
  const groups = groupsOfColumns(shape[1], scale.blockColumns);
  return madeOf(`${parts.module}.weight`, shape, (out, rows) => {
    const numbers = numbersOf(stored, rows);
    scaleRows(out, rows.first, shape[1], { scale, zero: undefined, groups, number: (index) => numbers[index]! });
  });
}
