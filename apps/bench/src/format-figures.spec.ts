import { expect, it } from 'vitest';
import { formatFigures } from './format-figures.js';

it('finds no error where the scores are the exact ones', () => {
  const scores = [3, -1, 0];
  const figures = formatFigures([{ exact: scores, scores, right: 0 }]);
  expect(figures).toEqual({
    meanError: 0,
    largestError: 0,
    probabilityError: 0,
    spearman: 1,
    lowestSpearman: 1,
    changedClearPairs: 0,
    changedPairs: 0,
    ndcg: 1,
  });
});

it('counts errors of the logit, errors of the probability and the pairs in another order', () => {
  const figures = formatFigures([
    { exact: [2, 1, 0], scores: [0.5, 1, 0], right: 0 },
    { exact: [2, 1, 0], scores: [2, 1, 0], right: 2 },
  ]);
  expect(figures.meanError).toBeCloseTo(0.25, 10);
  expect(figures.largestError).toBe(1.5);
  expect(figures.probabilityError).toBeCloseTo(1 / (1 + Math.exp(-2)) - 1 / (1 + Math.exp(-0.5)), 10);
  expect(figures.changedPairs).toBeCloseTo(1 / 6, 10);
  expect(figures.changedClearPairs).toBe(1);
  expect([figures.spearman, figures.lowestSpearman]).toEqual([0.75, 0.5]);
  expect(figures.ndcg).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(4)) / 2, 10);
});
