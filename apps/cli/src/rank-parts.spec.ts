import { expect, it } from 'vitest';
import type { Ranking, RerankRequest } from '#libs/rerank';
import { PART_DOCUMENTS, partCount, placesOf, scoreParts, type RankInput } from './rank-parts.js';
import { jsonLines, tableLines } from './ranked-lines.js';
import type { PartScores } from './score-journal.js';

const documents = Array.from({ length: 2 * PART_DOCUMENTS + 3 }, (_, index) => `document ${index}`);
const work: RankInput = { queries: ['first', 'second'], documents };
const items = documents.map((text) => ({ text }));
const never = new AbortController().signal;

/** Scores by the number in the text, the second query the other way round; best first, as the service answers. */
const scorer = {
  asked: [] as string[],
  async rerankAll([request]: readonly RerankRequest[]): Promise<Ranking[]> {
    this.asked.push(`${request!.query} ${request!.documents[0]} of ${request!.documents.length}`);
    expect(request!.alone).toBe(true);
    const sign = request!.query === 'first' ? 1 : -1;
    const ranked = request!.documents.map((text, index) => ({
      index,
      rawScore: sign * Number(text.split(' ')[1]),
      relevanceScore: 0.5,
    }));
    return [{ ranked: ranked.toSorted((a, b) => b.rawScore - a.rawScore) } as unknown as Ranking];
  },
};

it('numbers parts query by query, the last of each shorter', () => {
  expect(partCount(work)).toBe(6);
  expect(placesOf(2, work)).toEqual({ query: 0, from: 128, to: 131 });
  expect(placesOf(3, work)).toEqual({ query: 1, from: 0, to: 64 });
});

it('scores what is not finished, and ranks each query over all of its parts', async () => {
  const scores = new Map<number, PartScores>();
  await scoreParts(work, scores, { scorer, signal: never, done: (part, found) => void scores.set(part, found) });
  expect(scorer.asked[0]).toBe('first document 0 of 1');
  expect(scorer.asked.toSorted()).toEqual([
    'first document 0 of 1',
    'first document 0 of 64',
    'first document 128 of 3',
    'first document 64 of 64',
    'second document 0 of 1',
    'second document 0 of 64',
    'second document 128 of 3',
    'second document 64 of 64',
  ]);
  scores.delete(4);
  scorer.asked = [];
  await scoreParts(work, new Map(scores), {
    scorer,
    signal: never,
    done: (part, found) => void scores.set(part, found),
  });
  // The instruction is computed with the first query, as in the run before.
  expect(scorer.asked).toEqual(['first document 0 of 1', 'second document 0 of 1', 'second document 64 of 64']);
  const lines = [...jsonLines(work, items, scores, { documents: false })].map((line) => JSON.parse(line) as object);
  expect(lines).toHaveLength(2 * documents.length);
  expect(lines[0]).toEqual({ query: 'first', rank: 1, index: 130, relevance_score: 0.5, raw_score: 130 });
  expect(lines[documents.length]).toMatchObject({ query: 'second', rank: 1, index: 0 });
  const [title, best, ...others] = tableLines(work, items, scores, { documents: true, topN: 1, width: 40 });
  expect([title, best]).toEqual(['\nfirst\n', '0.500000       130  document 130\n']);
  expect(others).toHaveLength(2);
});

it('ends with the first error, or with the reason of its signal', async () => {
  const failing = { rerankAll: () => Promise.reject(new Error('the engine failed')) };
  const options = { signal: never, done: () => undefined };
  await expect(scoreParts(work, new Map(), { ...options, scorer: failing })).rejects.toThrow('the engine failed');
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(scoreParts(work, new Map(), { ...options, scorer, signal })).rejects.toThrow('stopped');
});
