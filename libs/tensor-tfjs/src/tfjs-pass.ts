import { keep, tensor1d, tensor2d, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Pass, Rope, Rows, SegmentLayout } from '#libs/tensor';
import { cutTiles, type Tile } from './tiles.js';

/** Added to the score of a key that a row may not see; far below any score, and finite, so that no row becomes NaN. */
const HIDDEN = -1e30;

/** Cosines and sines for the rows, one block of headDim columns per head: [R · heads, headDim]. */
interface Rotation {
  readonly cos: Tensor2D;
  readonly sin: Tensor2D;
}

/** A layout with what its passes share: tiles, masks and rotations, made when they are first asked for. */
export class TfjsPass implements Pass {
  readonly tiles: readonly Tile[];
  private readonly rotations = new Map<string, Rotation>();
  private readonly masks = new Map<string, Tensor2D>();
  private rowIndices: Tensor1D | undefined;
  private turn: Tensor2D | undefined;

  constructor(
    readonly layout: SegmentLayout,
    readonly rope: Rope,
  ) {
    this.tiles = cutTiles(layout);
  }

  /** [B] rows that are scored. */
  get scoredRows(): Tensor1D {
    this.rowIndices ??= keep(tensor1d(this.layout.scoredRows, 'int32'));
    return this.rowIndices;
  }

  /** [headDim, headDim]: x · turn = [−second half of x | first half of x]. */
  get quarterTurn(): Tensor2D {
    this.turn ??= keep(quarterTurn(this.rope.headDim));
    return this.turn;
  }

  rotation(rows: Rows, heads: number): Rotation {
    const key = `${rows} ${heads}`;
    const known = this.rotations.get(key);
    if (known !== undefined) return known;
    const made = this.makeRotation(rows, heads);
    this.rotations.set(key, made);
    return made;
  }

  /** Mask of a tile for `copies` heads stacked: [copies · rows, ancestor keys + own keys]. */
  mask(tile: Tile, rows: Rows, copies: number): Tensor2D {
    const key = `${tile.rowStart} ${rows} ${copies}`;
    const known = this.masks.get(key);
    if (known !== undefined) return known;
    const made = keep(makeMask(tile, rows, copies));
    this.masks.set(key, made);
    return made;
  }

  dispose(): void {
    this.rowIndices?.dispose();
    this.turn?.dispose();
    for (const { cos, sin } of this.rotations.values()) {
      cos.dispose();
      sin.dispose();
    }
    for (const mask of this.masks.values()) mask.dispose();
  }

  private makeRotation(rows: Rows, heads: number): Rotation {
    const { positions, scoredRows } = this.layout;
    const places = rows === 'all' ? positions : scoredRows.map((row) => positions[row]!);
    const { headDim, frequencies } = this.rope;
    const half = headDim / 2;
    const cos = new Float32Array(places.length * heads * headDim);
    const sin = new Float32Array(cos.length);
    places.forEach((position, row) => {
      const start = row * heads * headDim;
      for (let pair = 0; pair < half; pair += 1) {
        const angle = Math.fround(position * frequencies[pair]!);
        cos[start + pair] = cos[start + pair + half] = Math.cos(angle);
        sin[start + pair] = sin[start + pair + half] = Math.sin(angle);
      }
      for (let head = 1; head < heads; head += 1) {
        cos.copyWithin(start + head * headDim, start, start + headDim);
        sin.copyWithin(start + head * headDim, start, start + headDim);
      }
    });
    const shape: [number, number] = [places.length * heads, headDim];
    return { cos: keep(tensor2d(cos, shape)), sin: keep(tensor2d(sin, shape)) };
  }
}

function quarterTurn(headDim: number): Tensor2D {
  const half = headDim / 2;
  const values = new Float32Array(headDim * headDim);
  for (let pair = 0; pair < half; pair += 1) {
    values[(pair + half) * headDim + pair] = -1;
    values[pair * headDim + pair + half] = 1;
  }
  return tensor2d(values, [headDim, headDim]);
}

function makeMask(tile: Tile, rows: Rows, copies: number): Tensor2D {
  const { rowStart, rowEnd, ownStart, ancestorKeys, scoredRows, segmentStarts } = tile;
  const queries = rows === 'all' ? Array.from({ length: rowEnd - rowStart }, (_, row) => rowStart + row) : scoredRows;
  const keys = ancestorKeys + rowEnd - ownStart;
  const mask = new Float32Array(copies * queries.length * keys);
  queries.forEach((row, query) => {
    const from = query * keys + ancestorKeys;
    const own = mask.subarray(from, from + rowEnd - ownStart).fill(HIDDEN);
    own.fill(0, segmentStarts[row - rowStart]! - ownStart, row - ownStart + 1);
  });
  for (let copy = 1; copy < copies; copy += 1) mask.copyWithin(copy * queries.length * keys, 0, queries.length * keys);
  return tensor2d(mask, [copies * queries.length, keys]);
}
