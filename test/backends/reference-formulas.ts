import type { Rope } from '#libs/tensor';

/** Plain numbers in, plain numbers out, in float64; a row, or one head of it. */
type Vector = ArrayLike<number>;

/** What distinguishes Qwen3 from its neighbours, one formula each, so that a test can get exactly one of them wrong. */
export interface Formulas {
  /** A head of q or k before its rotation: [headDim] → [headDim]. */
  normHead(x: Vector, weight: Vector, eps: number): number[];
  /** Rotary position embedding of one head: [headDim] → [headDim]. */
  rotate(x: Vector, position: number, rope: Rope): number[];
  /** Factor of the attention scores. */
  scale(headDim: number): number;
  /** The key head that query head `head` reads. */
  keyHeadOf(head: number, counts: { readonly heads: number; readonly keyHeads: number }): number;
  /** Whether token `query` of a segment attends to token `key` of the same segment. */
  seesOwn(query: number, key: number): boolean;
  activation(x: number): number;
}

/** The formulas of transformers' modeling_qwen3.py. */
export const QWEN3_FORMULAS: Formulas = {
  normHead: rmsNorm,
  rotate: rotateHalves,
  scale: (headDim) => headDim ** -0.5,
  keyHeadOf: (head, { heads, keyHeads }) => Math.floor(head / (heads / keyHeads)),
  seesOwn: (query, key) => key <= query,
  activation: (x) => x / (1 + Math.exp(-x)),
};

/** x · rsqrt(mean(x²) + eps) · weight. */
export function rmsNorm(x: Vector, weight: Vector, eps: number): number[] {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + eps);
  return vector(x.length, (index) => x[index]! * scale * weight[index]!);
}

/** Pairs (i, i + headDim / 2) turned by position · frequency. */
function rotateHalves(x: Vector, position: number, rope: Rope): number[] {
  const half = rope.headDim / 2;
  return vector(rope.headDim, (index) => {
    const pair = index % half;
    const angle = ropeAngle(position, pair, rope);
    const [first, second] = [x[pair]!, x[pair + half]!];
    if (index < half) return first * Math.cos(angle) - second * Math.sin(angle);
    return second * Math.cos(angle) + first * Math.sin(angle);
  });
}

/** Rounded to float32 like the frequency, as transformers computes it: at position 4,000 this is worth 1e-4. */
export function ropeAngle(position: number, pair: number, { frequencies }: Rope): number {
  return Math.fround(position * frequencies[pair]!);
}

/** Numbers by their index; many times faster than Array.from. */
export function vector(length: number, at: (index: number) => number): number[] {
  const numbers: number[] = [];
  for (let index = 0; index < length; index += 1) numbers.push(at(index));
  return numbers;
}

export function softmax(scores: readonly number[]): number[] {
  let largest = -Infinity;
  for (const score of scores) largest = Math.max(largest, score);
  const powers = scores.map((score) => Math.exp(score - largest));
  let total = 0;
  for (const power of powers) total += power;
  return powers.map((power) => power / total);
}

export function dot(a: Vector, b: Vector): number {
  let total = 0;
  for (let index = 0; index < a.length; index += 1) total += a[index]! * b[index]!;
  return total;
}
