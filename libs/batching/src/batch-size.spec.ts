import { describe, expect, it } from 'vitest';
import { BatchSize } from './batch-size.js';

const BUDGET = { maxBatchTokens: 25_000, tokensPerSecond: 100_000, batchTargetMs: 250 };

/** The size after a number of full batches of an engine that is as fast as this. */
function after(batches: number, tokensPerSecond: number, size = new BatchSize(BUDGET)): BatchSize {
  for (let batch = 0; batch < batches; batch += 1) size.measured(size.tokens, size.tokens / tokensPerSecond);
  return size;
}

describe('the size of a batch', () => {
  it('is what the engine said, until batches take longer than they should', () => {
    expect(new BatchSize(BUDGET).tokens).toBe(25_000);
    expect(after(10, 100_000).tokens).toBe(25_000);
  });

  it('follows an engine that is half as fast as it was while it warmed up within four batches', () => {
    const { tokens } = after(4, 50_000);
    expect(tokens).toBeGreaterThan(12_400);
    expect(tokens).toBeLessThan(14_000);
  });

  it('grows again with the engine, never beyond what it said', () => {
    expect(after(20, 200_000, after(10, 20_000)).tokens).toBe(25_000);
  });

  it('is not too small to keep a device busy', () => {
    expect(after(20, 100).tokens).toBe(512);
  });

  it('learns nothing from a batch that is far from full, where a token takes longer', () => {
    const size = new BatchSize(BUDGET);
    for (let batch = 0; batch < 20; batch += 1) size.measured(300, 0.02);
    expect(size.tokens).toBe(25_000);
  });

  it('stays where it was set', () => {
    const { maxBatchTokens, tokensPerSecond } = BUDGET;
    expect(after(10, 10_000, new BatchSize({ maxBatchTokens, tokensPerSecond })).tokens).toBe(25_000);
  });

  it('is no larger than memory allows', () => {
    const size = new BatchSize(BUDGET);
    size.shrink(2000);
    expect(after(10, 100_000, size).tokens).toBe(2000);
  });
});
