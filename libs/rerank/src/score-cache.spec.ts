import type { ScoreRequest } from '#libs/batching';
import { describe, expect, it } from 'vitest';
import { withCache } from './cached-scores.js';
import { ScoreCache } from './score-cache.js';

const prefix = [Int32Array.of(1, 2), Int32Array.of(3)];

/** Scores a document with its first id, and keeps what it was asked. */
function setUp(cache = new ScoreCache(2 ** 20, 'model@1')) {
  const asked: number[] = [];
  const lookups: unknown[] = [];
  const score = async ({ documents }: ScoreRequest) => {
    asked.push(...documents.map((ids) => ids[0]!));
    return { logits: Float32Array.from(documents, (ids) => ids[0]!), queueSeconds: 1, computeSeconds: 1 };
  };
  const ask = async (documents: readonly number[], before = prefix) => {
    const ids = documents.map((id) => Int32Array.of(id, id));
    const observer = { scoresLookedUp: (count: unknown) => void lookups.push(count) };
    return [...(await withCache(cache, { prefix: before, documents: ids }, { score, observer })).logits];
  };
  return { ask, asked, lookups };
}

describe('the score cache', () => {
  it('asks for a document once, and answers in the order of the request', async () => {
    const { ask, asked, lookups } = setUp();
    expect(await ask([10, 11])).toEqual([10, 11]);
    expect(await ask([12, 11, 13, 10])).toEqual([12, 11, 13, 10]);
    expect(asked).toEqual([10, 11, 12, 13]);
    expect(lookups).toEqual([
      { hits: 0, misses: 2 },
      { hits: 2, misses: 2 },
    ]);
  });

  it.each([
    ['another query', [Int32Array.of(1, 2), Int32Array.of(4)]],
    ['another instruction', [Int32Array.of(1, 9), Int32Array.of(3)]],
    ['the same tokens cut at another place', [Int32Array.of(1), Int32Array.of(2, 3)]],
  ])('does not answer for %s', async (_name, other) => {
    const { ask, asked } = setUp();
    await ask([10]);
    await ask([10], other);
    expect(asked).toEqual([10, 10]);
  });

  it('has other keys for another model', () => {
    const keys = ['model@1', 'model@2'].map((model) => new ScoreCache(1000, model).keysOf(prefix, prefix)[0]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('stays within its bytes: what was not used for longest goes first', async () => {
    const cache = new ScoreCache(3 * 192, 'model@1');
    const { ask, asked } = setUp(cache);
    await ask([10, 11, 12]);
    await ask([10]);
    await ask([13]);
    expect(cache.size).toBe(3);
    await ask([10, 12, 13]);
    await ask([11]);
    expect(asked).toEqual([10, 11, 12, 13, 11]);
  });
});
