import type { KeyValues, LaidSegment, Rows } from '#libs/tensor';
import { dot, softmax, type Formulas } from './reference-formulas.js';
import { ReferenceKeyValues, type Matrix, type ReferencePass, type TokenKeyValue } from './reference-tensor.js';

export interface Heads {
  readonly q: Matrix; // [R, Hq · D]
  readonly k: Matrix; // [T, Hkv · D]
  readonly v: Matrix; // [T, Hkv · D]
}

/** Attention over the segment tree, one row and one head at a time: the rows of [R, Hq · D]. */
export function attend(
  { q, k, v }: Heads,
  pass: ReferencePass,
  { layer, rows, formulas }: { layer: number; rows: Rows; formulas: Formulas },
): Float32Array[] {
  const { segments } = pass.layout;
  const { headDim } = pass.rope;
  const computed = k.rows.map((key, row) => ({ k: headsOf(key, headDim), v: headsOf(v.rows[row]!, headDim) }));
  const tokensOf = ({ kept, start, length }: LaidSegment): readonly TokenKeyValue[] =>
    kept === undefined ? computed.slice(start, start + length) : own(kept).layer(layer);

  for (const segment of segments) if (segment.store !== undefined) own(segment.store).store(layer, tokensOf(segment));

  const attended: Float32Array[] = [];
  for (const segment of segments.filter(({ kept }) => kept === undefined)) {
    const before = segment.ancestors.flatMap((ancestor) => tokensOf(segments[ancestor]!));
    const itself = tokensOf(segment);
    for (const query of queriesOf(segment, rows)) {
      const seen = before.concat(itself.filter((_, key) => formulas.seesOwn(query, key)));
      attended.push(attendRow(headsOf(q.rows[attended.length]!, headDim), seen, formulas));
    }
  }
  return attended;
}

/** softmax(q · kᵀ · scale) · v, head by head: [Hq · D]. */
function attendRow(queries: readonly Float32Array[], seen: readonly TokenKeyValue[], formulas: Formulas): Float32Array {
  const heads = queries.length;
  const headDim = queries[0]!.length;
  const scale = formulas.scale(headDim);
  const attended = new Float32Array(heads * headDim);
  queries.forEach((query, head) => {
    const keyHead = formulas.keyHeadOf(head, { heads, keyHeads: seen[0]!.k.length });
    const weights = softmax(seen.map(({ k }) => dot(query, k[keyHead]!) * scale));
    const mixed = new Float64Array(headDim);
    for (let token = 0; token < seen.length; token += 1) {
      const value = seen[token]!.v[keyHead]!;
      const weight = weights[token]!;
      for (let column = 0; column < headDim; column += 1) mixed[column]! += weight * value[column]!;
    }
    attended.set(mixed, head * headDim);
  });
  return attended;
}

/** Which tokens of a computed segment ask. */
function queriesOf({ length, scored }: LaidSegment, rows: Rows): number[] {
  if (rows === 'all') return Array.from({ length }, (_, token) => token);
  return scored ? [length - 1] : [];
}

export function headsOf(row: Float32Array, headDim: number): Float32Array[] {
  return Array.from({ length: row.length / headDim }, (_, head) => row.subarray(head * headDim, (head + 1) * headDim));
}

function own(handle: KeyValues): ReferenceKeyValues {
  if (handle instanceof ReferenceKeyValues) return handle;
  throw new TypeError('these keys and values were made by another backend');
}
