import type { LaidSegment, SegmentLayout } from '#libs/tensor';

/** Most query rows of a tile: scores of all keys for more rows than these outgrow the caches, and for long documents the heap. */
const TILE_ROWS = 256;

/**
 * Consecutive rows whose segments have the same ancestors, so that their attention is one pair of multiplications per
 * head. Each row attends to all ancestors' keys and, behind them, to the part of the tile's own keys that it may see.
 *
 * keys:   [ ancestor ][ ancestor ][ own rows: ownStart … rowEnd ]
 */
export interface Tile {
  readonly rowStart: number;
  readonly rowEnd: number;
  /** First row of the own keys: before `rowStart` where a long segment is cut into several tiles. */
  readonly ownStart: number;
  readonly ancestors: readonly LaidSegment[];
  /** Keys of all ancestors. */
  readonly ancestorKeys: number;
  /** By row: the first row of its segment. */
  readonly segmentStarts: Int32Array;
  /** Rows of the tile that are scored, and the place of the first of them among all scored rows. */
  readonly scoredRows: readonly number[];
  readonly scoredStart: number;
}

/** Cuts a layout into tiles, in the order of the rows. */
export function cutTiles({ segments }: SegmentLayout): Tile[] {
  const computed = segments.filter(({ kept }) => kept === undefined);
  const tiles: Tile[] = [];
  let scoredStart = 0;
  for (let first = 0; first < computed.length;) {
    const group = tileGroup(computed, first);
    for (const tile of tilesOf(group, segments, scoredStart)) {
      tiles.push(tile);
      scoredStart += tile.scoredRows.length;
    }
    first += group.length;
  }
  return tiles;
}

/** As many segments from `first` on as share their ancestors and fit one tile; at least one. */
function tileGroup(computed: readonly LaidSegment[], first: number): readonly LaidSegment[] {
  const ancestors = computed[first]!.ancestors.join();
  const start = computed[first]!.start;
  let end = first + 1;
  while (end < computed.length) {
    const next = computed[end]!;
    if (next.ancestors.join() !== ancestors || next.start + next.length - start > TILE_ROWS) break;
    end += 1;
  }
  return computed.slice(first, end);
}

function tilesOf(group: readonly LaidSegment[], all: readonly LaidSegment[], scoredBefore: number): Tile[] {
  const { start: ownStart, ancestors: indices } = group[0]!;
  const last = group.at(-1)!;
  const end = last.start + last.length;
  const ancestors = indices.map((index) => all[index]!);
  const ancestorKeys = ancestors.reduce((keys, { length }) => keys + length, 0);
  const tiles: Tile[] = [];
  let scoredStart = scoredBefore;
  for (let rowStart = ownStart; rowStart < end; rowStart += TILE_ROWS) {
    const rowEnd = Math.min(end, rowStart + TILE_ROWS);
    const scoredRows = scoredRowsIn(group, rowStart, rowEnd);
    const segmentStarts = startsOf(group, rowStart, rowEnd);
    tiles.push({ rowStart, rowEnd, ownStart, ancestors, ancestorKeys, segmentStarts, scoredRows, scoredStart });
    scoredStart += scoredRows.length;
  }
  return tiles;
}

function scoredRowsIn(group: readonly LaidSegment[], rowStart: number, rowEnd: number): number[] {
  const rows = group.filter(({ scored }) => scored).map(({ start, length }) => start + length - 1);
  return rows.filter((row) => row >= rowStart && row < rowEnd);
}

function startsOf(group: readonly LaidSegment[], rowStart: number, rowEnd: number): Int32Array {
  const starts = new Int32Array(rowEnd - rowStart);
  for (const { start, length } of group) {
    const from = Math.max(start, rowStart);
    const to = Math.min(start + length, rowEnd);
    if (from < to) starts.fill(start, from - rowStart, to - rowStart);
  }
  return starts;
}
