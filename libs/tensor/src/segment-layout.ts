import type { KeyValues } from './tensor-ops.js';

/** Token ids to compute in this pass. `store` receives the keys and values of every layer. */
export interface ComputedSegment {
  readonly ids: Int32Array;
  /** Index of the segment this one continues, earlier in the list; absent for a root. */
  readonly parent?: number;
  readonly store?: KeyValues;
  /** True when the hidden state of the last token is wanted (a document); such a segment has no children. */
  readonly scored?: boolean;
}

/** Keys and values that an earlier pass stored: nothing of it is computed again. */
interface KeptSegment {
  readonly kept: KeyValues;
  readonly parent?: number;
}

export type Segment = ComputedSegment | KeptSegment;

/** A segment with its place in the packed rows and in its sequence. */
export interface LaidSegment {
  /** First row in the packed batch; meaningless for a kept segment, which has no rows. */
  readonly start: number;
  readonly length: number;
  /** Position id of the first token: the ancestors' tokens come before it. */
  readonly position: number;
  /** Indices of the ancestors, root first. */
  readonly ancestors: readonly number[];
  readonly kept?: KeyValues;
  readonly store?: KeyValues;
  readonly scored: boolean;
}

/**
 * A forest of segments laid end to end, without padding.
 *
 * rows:   [ head ][ query ][ document ][ document ] ...     kept segments have no rows
 * parent:    -       head     query       query
 */
export interface SegmentLayout {
  readonly segments: readonly LaidSegment[];
  /** T, the rows of the packed batch. */
  readonly rowCount: number;
  /** [T] token ids. */
  readonly ids: Int32Array;
  /** [T] position ids, continuing from the parent. */
  readonly positions: Int32Array;
  /** [B] the last row of each scored segment, in the order of the segments. */
  readonly scoredRows: Int32Array;
}

/** Lays segments end to end; throws when a parent does not precede its child or a segment is empty. */
export function layOut(segments: readonly Segment[]): SegmentLayout {
  const laid: LaidSegment[] = [];
  let rowCount = 0;
  segments.forEach((segment, index) => {
    const next = place(segment, index, laid, rowCount);
    laid.push(next);
    if (next.kept === undefined) rowCount += next.length;
  });
  return { segments: laid, rowCount, ...rowsOf(segments, laid, rowCount) };
}

function place(segment: Segment, index: number, laid: readonly LaidSegment[], start: number): LaidSegment {
  const parent = parentOf(segment, index, laid);
  const common = {
    start,
    position: parent === undefined ? 0 : parent.position + parent.length,
    ancestors: parent === undefined ? [] : [...parent.ancestors, segment.parent!],
  };
  if ('kept' in segment) return { ...common, length: segment.kept.tokens, kept: segment.kept, scored: false };
  if (segment.ids.length === 0) throw new RangeError(`segment ${index} is empty; a segment has at least one token`);
  const store = segment.store === undefined ? {} : { store: segment.store };
  return { ...common, ...store, length: segment.ids.length, scored: segment.scored ?? false };
}

function parentOf(segment: Segment, index: number, laid: readonly LaidSegment[]): LaidSegment | undefined {
  if (segment.parent === undefined) return undefined;
  const parent = laid[segment.parent];
  if (parent === undefined) {
    throw new RangeError(`segment ${index} must come after its parent, got parent ${segment.parent}`);
  }
  if (parent.scored) throw new RangeError(`segment ${index} continues a scored segment, which has no children`);
  return parent;
}

function rowsOf(segments: readonly Segment[], laid: readonly LaidSegment[], rowCount: number) {
  const ids = new Int32Array(rowCount);
  const positions = new Int32Array(rowCount);
  const scoredRows: number[] = [];
  laid.forEach(({ start, length, position, scored }, index) => {
    const segment = segments[index]!;
    if ('kept' in segment) return;
    ids.set(segment.ids, start);
    for (let offset = 0; offset < length; offset += 1) positions[start + offset] = position + offset;
    if (scored) scoredRows.push(start + length - 1);
  });
  return { ids, positions, scoredRows: Int32Array.from(scoredRows) };
}
