import { describe, expect, it } from 'vitest';
import { ropeOf, type RopeScaling } from './rope.js';

const YARN: RopeScaling & { kind: 'yarn' } = {
  kind: 'yarn',
  factor: 4,
  originalPositions: 64,
  betaFast: 32,
  betaSlow: 1,
  truncate: true,
  attentionFactor: 1.2,
};

/** Divided by 4. */
const SLOWED = [
  0.018747354, 0.0079056947, 0.0033338037, 0.0014058533, 0.00059284345, 0.00025000001, 0.00010542412, 4.4456985e-5,
  1.8747356e-5, 7.9056936e-6, 3.3338035e-6, 1.4058534e-6, 5.9284343e-7,
];

describe('frequencies', () => {
  it('fall from 1 by powers of theta', () => {
    expectClose(ropeOf(10_000, 8).frequencies, [1, 0.1, 0.01, 0.001]);
  });

  it('are all divided by the factor of a linear scaling', () => {
    expectClose(ropeOf(10_000, 8, { kind: 'linear', factor: 4 }).frequencies, [0.25, 0.025, 0.0025, 0.00025]);
  });

  // Computed by transformers 5.23.0: ROPE_INIT_FUNCTIONS["yarn"] of a Qwen3Config with these numbers.
  it.each([
    ['whole bounds', YARN, [1, 0.31627238, 0.08891397, ...SLOWED]],
    ['bounds between two pairs', { ...YARN, truncate: false }, [1, 0.30403566, 0.078593604, ...SLOWED]],
    ['other turns', { ...YARN, betaFast: 4, betaSlow: 2 }, [1, 0.42169651, 0.044456985, ...SLOWED]],
  ])('are slowed as YaRN slows them, with %s', (_name, scaling, expected) => {
    expectClose(ropeOf(1e6, 32, scaling).frequencies, expected);
  });
});

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, pair) => expect(Math.abs(actual[pair]! / value - 1)).toBeLessThan(1e-6));
}
