import { expect } from 'vitest';

/** Of a raw score, and of a relevance, against what a reference scores in float32. */
export const LOGIT_TOLERANCE = 1e-3;
export const PROBABILITY_TOLERANCE = 1e-4;

export function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  expect(worst).toBeLessThanOrEqual(tolerance);
}
