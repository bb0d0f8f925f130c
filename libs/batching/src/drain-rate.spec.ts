import { expect, it } from 'vitest';
import { DrainRate } from './drain-rate.js';

function rateAfter(batches: readonly (readonly [tokens: number, seconds: number])[]): number {
  const rate = new DrainRate();
  rate.reset(50_000);
  for (const [tokens, seconds] of batches) rate.add(tokens, seconds);
  return rate.tokensIn(1);
}

const usual = Array.from({ length: 20 }, () => [600, 0.012] as const);

it('is what the engine measured until a batch is done, and then follows the batches', () => {
  expect(rateAfter([])).toBe(50_000);
  const halfAsFast = Array.from({ length: 50 }, () => [600, 0.024] as const);
  expect(rateAfter(halfAsFast)).toBeCloseTo(25_000, -3);
});

it('hardly changes by two batches that are answered at once, timed as a long one and one of no time', () => {
  expect(rateAfter([...usual, [600, 0.02397], [600, 0.00003]])).toBeCloseTo(50_000, -4);
  expect(rateAfter([[600, 0.00003]])).toBeLessThan(60_000);
});

it('says how long tokens take', () => {
  const rate = new DrainRate();
  rate.reset(1000);
  expect(rate.exactSecondsFor(500)).toBe(0.5);
});
