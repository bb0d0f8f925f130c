import { expect } from 'vitest';
import {
  layOut,
  ropeOf,
  type Pass,
  type Rope,
  type Segment,
  type StoredTensor,
  type Tensor,
  type TensorOps,
} from '#libs/tensor';
import { ReferenceOps } from './reference-ops.js';

/** Largest relative error of a float32 backend. */
export const TOLERANCE = 1e-5;

export const ROPE: Rope = ropeOf(10_000, 16);

/** What a backend computes for the same inputs as the reference. */
export type Program = (ops: TensorOps) => Promise<Float32Array>;

/** The backend under test; opened before the tests, hence a function. */
export type Backend = () => TensorOps;

/** Compiles a program and runs it once, over the segments. */
export async function runPass(
  ops: TensorOps,
  segments: readonly Segment[],
  forward: (pass: Pass) => Tensor,
  rope = ROPE,
): Promise<Float32Array> {
  const program = ops.compile(forward, rope);
  try {
    return await program.run(layOut(segments));
  } finally {
    program.dispose();
  }
}

/** One sequence of `length` tokens with the ids from `first` on. */
export function ids(length: number, first = 0): Int32Array {
  return Int32Array.from({ length }, (_, token) => first + token);
}

/** ‖actual − expected‖ / ‖expected‖ (Frobenius); NaN where a value is missing or is no number. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let error = 0;
  let norm = 0;
  for (let index = 0; index < expected.length; index += 1) {
    error += (actual[index]! - expected[index]!) ** 2;
    norm += expected[index]! ** 2;
  }
  return norm === 0 ? Math.sqrt(error) : Math.sqrt(error / norm);
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = TOLERANCE): void {
  expect(relativeDifference(actual, expected)).toBeLessThanOrEqual(tolerance);
}

/** Every program gives the reference's answer on this backend. */
export async function expectAgreement(
  ops: TensorOps,
  programs: readonly Program[],
  tolerance = TOLERANCE,
): Promise<void> {
  const differences: number[] = [];
  for (const program of programs)
    differences.push(relativeDifference(await program(ops), await program(new ReferenceOps())));
  // NaN is no agreement either.
  expect(differences.filter((difference) => !(difference <= tolerance))).toEqual([]);
}

/** A forward pass over the rows of a table; `prepare` loads its weights first. */
export type Prepare = (ops: TensorOps) => (x: Tensor, pass: Pass) => Tensor;

/** The rows of `table` as one sequence, whose last row is scored. */
export function onRows(table: StoredTensor, prepare: Prepare): Program {
  return (ops) => {
    const embedding = ops.embeddingTable(table);
    const forward = prepare(ops);
    const segments = [{ ids: ids(table.shape[0]!), scored: true }];
    return runPass(ops, segments, (pass) => forward(ops.embed(embedding, pass), pass));
  };
}
