import { add, concat2d, matMul, slice2d, softmax, transpose, type Tensor2D } from '@tensorflow/tfjs-core';
import type { KeyValues, LaidSegment, Rows } from '#libs/tensor';
import { TfjsKeyValues } from './tfjs-key-values.js';
import type { TfjsPass } from './tfjs-pass.js';
import type { Tile } from './tiles.js';

/** q already carries the scale headDim^-0.5. */
export interface Heads {
  readonly q: Tensor2D; // [R, Hq · D]
  readonly k: Tensor2D; // [T, Hkv · D]
  readonly v: Tensor2D; // [T, Hkv · D]
}

/** Attention over the segment tree, tile by tile and key head by key head: [R, Hq · D]. */
export function attend(heads: Heads, pass: TfjsPass, { layer, rows }: { layer: number; rows: Rows }): Tensor2D {
  storeSegments(heads, pass, layer);
  const tiles = pass.tiles.filter((tile) => rows === 'all' || tile.scoredRows.length > 0);
  if (tiles.length === 0) return slice2d(heads.q, [0, 0], [0, heads.q.shape[1]]);
  return joined(
    tiles.map((tile) => attendTile(heads, pass, { tile, layer, rows })),
    0,
  );
}

function storeSegments({ k, v }: Heads, pass: TfjsPass, layer: number): void {
  for (const { store, start, length } of pass.layout.segments) {
    if (store !== undefined) kept(store).store(layer, rowsOf(k, start, length), rowsOf(v, start, length));
  }
}

function attendTile(
  { q, k, v }: Heads,
  pass: TfjsPass,
  { tile, layer, rows }: { tile: Tile; layer: number; rows: Rows },
): Tensor2D {
  const { headDim } = pass.rope;
  const keyHeads = k.shape[1] / headDim;
  const group = q.shape[1] / k.shape[1]; // query heads per key head
  const queries = rows === 'all' ? rowsOf(q, tile.rowStart, tile.rowEnd - tile.rowStart) : scoredOf(q, tile);
  const ancestors = tile.ancestors.map((segment) => keyValuesOf(segment, { k, v }, layer));
  const ownLength = tile.rowEnd - tile.ownStart;
  const keys = transpose(joined([...ancestors.map((pair) => pair.k), rowsOf(k, tile.ownStart, ownLength)], 0)); // [Hkv · D, K]
  const values = joined([...ancestors.map((pair) => pair.v), rowsOf(v, tile.ownStart, ownLength)], 0); // [K, Hkv · D]
  const mask = pass.mask(tile, rows, group);
  const outputs: Tensor2D[] = [];
  for (let head = 0; head < keyHeads; head += 1) {
    // The query heads that read this key head, one below the other: one multiplication serves them all.
    const stacked = joined(columnBlocks(queries, { first: head * group, count: group, width: headDim }), 0); // [group · rows, D]
    const scores = add(matMul(stacked, rowsOf(keys, head * headDim, headDim)), mask); // [group · rows, K]
    const mixed = matMul(softmax(scores), columnsOf(values, head * headDim, headDim)); // [group · rows, D]
    for (let member = 0; member < group; member += 1) {
      outputs.push(rowsOf(mixed as Tensor2D, member * queries.shape[0], queries.shape[0]));
    }
  }
  return joined(outputs, 1);
}

function keyValuesOf({ kept: handle, start, length }: LaidSegment, { k, v }: Omit<Heads, 'q'>, layer: number) {
  if (handle !== undefined) return kept(handle).layer(layer);
  return { k: rowsOf(k, start, length), v: rowsOf(v, start, length) };
}

function kept(handle: KeyValues): TfjsKeyValues {
  if (handle instanceof TfjsKeyValues) return handle;
  throw new TypeError('these keys and values were made by another backend');
}

function scoredOf(q: Tensor2D, { scoredStart, scoredRows }: Tile): Tensor2D {
  return rowsOf(q, scoredStart, scoredRows.length);
}

function columnBlocks(
  x: Tensor2D,
  { first, count, width }: { first: number; count: number; width: number },
): Tensor2D[] {
  return Array.from({ length: count }, (_, index) => columnsOf(x, (first + index) * width, width));
}

function rowsOf(x: Tensor2D, start: number, count: number): Tensor2D {
  return slice2d(x, [start, 0], [count, x.shape[1]]);
}

function columnsOf(x: Tensor2D, start: number, count: number): Tensor2D {
  return slice2d(x, [0, start], [x.shape[0], count]);
}

function joined(parts: readonly Tensor2D[], axis: 0 | 1): Tensor2D {
  return parts.length === 1 ? parts[0]! : concat2d([...parts], axis);
}
