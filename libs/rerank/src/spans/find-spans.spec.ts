import { describe, expect, it } from 'vitest';
import { findSpans, sentenceScores, windowCount, windowsOf } from './find-spans.js';

const SENTENCES = [0, 10, 20, 30].map((start) => ({ start, end: start + 9 }));
const spansOf = (relevances: readonly number[], options: Parameters<typeof findSpans>[1]) =>
  findSpans({ sentences: SENTENCES, relevances, document: 0.05 }, options).map(({ start, end, score }) => [
    start,
    end,
    score,
  ]);

describe('relevant spans', () => {
  it('are the sentences above the threshold, best first, neighbours as one', () => {
    expect(spansOf([0.3, 0.2, 0.9, 0.5], { threshold: 0.4 })).toEqual([[20, 39, 0.9]]);
    expect(spansOf([0.3, 0.2, 0.9, 0.1], { threshold: 0.25 })).toEqual([
      [20, 29, 0.9],
      [0, 9, 0.3],
    ]);
  });

  it('leave out what has less than three tenths of the best, also above the threshold', () => {
    expect(spansOf([0.2, 0.01, 0.9, 0.01], { threshold: 0.1 })).toEqual([[20, 29, 0.9]]);
  });

  it('are at most as many as asked for, and none where nothing is above the threshold', () => {
    expect(spansOf([0.5, 0.05, 0.9, 0.05], { threshold: 0.1, maxSpans: 1 })).toEqual([[20, 29, 0.9]]);
    expect(spansOf([0.1, 0.1, 0.1, 0.1], { threshold: 0.1 })).toEqual([]);
    expect(findSpans({ sentences: [], relevances: [], document: 0.5 }, { threshold: 0.1 })).toEqual([]);
  });

  it('are without a threshold those above 0.1, or above the whole document where that has less', () => {
    expect(spansOf([0.04, 0.09, 0.04, 0.01], {})).toEqual([[10, 19, 0.09]]);
    const sure = { sentences: SENTENCES, relevances: [0.05, 0.09, 0.05, 0.1], document: 0.8 };
    expect(findSpans(sure, {})).toEqual([]);
    const alone = { sentences: SENTENCES.slice(0, 1), relevances: [0.02], document: 0.02 };
    expect(findSpans(alone, {})).toEqual([{ start: 0, end: 9, score: 0.02 }]);
  });

  it('are in the order of the text where they are equal', () => {
    expect(spansOf([0.5, 0.01, 0.5, 0.01], { threshold: 0.1 }).map(([start]) => start)).toEqual([0, 20]);
  });
});

describe('sentence scores', () => {
  it('are made of each sentence and each pair of neighbours; a single one needs no window', () => {
    expect(windowsOf(3)).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 1],
      [1, 2],
    ]);
    expect(windowsOf(1)).toEqual([]);
    for (const sentences of [0, 1, 2, 9]) expect(windowCount(sentences)).toBe(windowsOf(sentences).length);
  });

  it('are lifted half the way to the better pair, and never lowered', () => {
    expect(sentenceScores(3, [2, -4, 0, 3, -6])).toEqual([2.5, -0.5, 0]);
  });
});
