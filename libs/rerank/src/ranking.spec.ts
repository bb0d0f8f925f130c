import { describe, expect, it, vi } from 'vitest';
import { rank, scoreDocuments, uniqueDocuments } from './ranking.js';

const fitted = (...lengths: number[]) => ({
  windows: lengths.map((length) => new Int32Array(length)),
  length: 0,
  limit: 0,
  truncated: false,
});

describe('scoreDocuments', () => {
  it("takes the best window's score, and counts the prompts of all windows", () => {
    const scored = scoreDocuments([fitted(5), fitted(7, 7, 4), fitted(3)], Float32Array.of(1, -3, -2, -4, 0.5), 10);
    expect(scored).toEqual([
      { rawScore: 1, bestWindow: 0, tokenCount: 15, truncated: false },
      { rawScore: -2, bestWindow: 1, tokenCount: 48, truncated: false },
      { rawScore: 0.5, bestWindow: 0, tokenCount: 13, truncated: false },
    ]);
  });
});

describe('rank', () => {
  it('orders by score, equal ones by their index, and answers the first', () => {
    const documents = [1, 3, 3, 2].map((rawScore, index) => ({ index, rawScore, tokenCount: 1, truncated: false }));
    expect(rank(documents, { topN: 3 }).map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(rank(documents)).toHaveLength(4);
  });

  it('answers the sigmoid of the raw score, on the scale of the model', () => {
    const documents = [{ index: 0, rawScore: 10, tokenCount: 1, truncated: false }];
    expect(rank(documents)[0]!.relevanceScore).toBeCloseTo(1 / (1 + Math.exp(-10)), 12);
    expect(rank(documents, { relevance: { a: 1 / 5, b: 0 } })[0]!.relevanceScore).toBeCloseTo(
      1 / (1 + Math.exp(-2)),
      12,
    );
    expect(rank(documents, { relevance: { a: 1 / 5, b: -1 } })[0]!.relevanceScore).toBeCloseTo(
      1 / (1 + Math.E ** -1),
      12,
    );
  });

  it('leaves out what is below the least score, of the relevance or the raw score, and keeps what equals it', () => {
    const documents = [-1, 0, 2].map((rawScore, index) => ({ index, rawScore, tokenCount: 1, truncated: false }));
    const indexes = (of: 'relevanceScore' | 'rawScore', least: number) =>
      rank(documents, { minScore: { of, least } }).map(({ index }) => index);
    expect(indexes('relevanceScore', 0.5)).toEqual([2, 1]);
    expect(indexes('rawScore', 0.5)).toEqual([2]);
    expect(indexes('rawScore', 3)).toEqual([]);
  });
});

const HERE = { nextTurn: () => Promise.resolve() };

describe('uniqueDocuments', () => {
  it('names each text once, and where each document finds its own', async () => {
    expect(await uniqueDocuments(['b', 'a', 'b', ''], HERE)).toEqual({
      texts: ['b', 'a', ''],
      textIndexOf: [0, 1, 0, 2],
    });
  });

  it('tells long texts apart that differ at their ends', async () => {
    const long = 'x'.repeat(20_000);
    const texts = [`${long}a`, `${long}b`];
    expect(await uniqueDocuments([...texts, texts[0]!], HERE)).toEqual({ texts, textIndexOf: [0, 1, 0] });
  });

  it('takes a turn of its own for each few megabytes', async () => {
    const nextTurn = vi.fn(() => Promise.resolve());
    await uniqueDocuments(
      Array.from({ length: 20 }, (_, index) => `${index}${'x'.repeat(1_000_000)}`),
      { nextTurn },
    );
    expect(nextTurn).toHaveBeenCalledTimes(5);
  });
});
