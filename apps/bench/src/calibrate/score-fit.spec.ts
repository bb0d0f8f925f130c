import { describe, expect, it } from 'vitest';
import { brierScore, calibrationError, reliability } from './calibration-figures.js';
import { fitScores, probabilityOf } from './score-fit.js';

/** Pairs whose relevance follows a rule: as many of each score as its probability says. */
const pairsOf = (rule: { a: number; b: number }, scores: readonly number[], each = 200) =>
  scores.flatMap((score) =>
    Array.from({ length: each }, (_, place) => ({
      score,
      relevant: place < Math.round(each * probabilityOf(score, rule)),
    })),
  );
const SCORES = [-12, -9, -6, -5, -4, -3, -2, -1, 0, 2, 4];
const RULE = { a: 0.5, b: 1.5 };

describe('the fit of scores', () => {
  it('finds the rule that the pairs were made by', () => {
    const { a, b } = fitScores(pairsOf(RULE, SCORES));
    expect(a).toBeCloseTo(RULE.a, 1);
    expect(b).toBeCloseTo(RULE.b, 1);
  });

  it('stays finite where every pair is told apart', () => {
    const { a, b } = fitScores([-3, -2, -1, 1, 2, 3].map((score) => ({ score, relevant: score > 0 })));
    expect(Number.isFinite(a) && Number.isFinite(b)).toBe(true);
    expect(probabilityOf(2, { a, b })).toBeGreaterThan(0.7);
  });

  it('refuses what would turn the order round, and pairs of one kind', () => {
    const turned = [-2, -1, 1, 2].map((score) => ({ score, relevant: score < 0 }));
    expect(() => fitScores(turned)).toThrow(/not higher than those of the others \(a = -/u);
    expect(() => fitScores([{ score: 1, relevant: true }])).toThrow(
      '1 relevant and 0 other pairs: expected some of both',
    );
  });
});

describe('the figures', () => {
  const pairs = pairsOf(RULE, SCORES);
  const judged = (rule: typeof RULE) =>
    pairs.map(({ score, relevant }) => ({ said: probabilityOf(score, rule), relevant }));
  const WRONG = { a: 1, b: 0 };

  it('are small for the right rule, and larger for another one', () => {
    const errorOf = (fit: typeof RULE) => calibrationError(reliability(judged(fit), SCORES.length));
    expect(errorOf(RULE)).toBeLessThan(0.03);
    expect(errorOf(WRONG)).toBeGreaterThan(2 * errorOf(RULE));
    expect(brierScore(judged(RULE))).toBeLessThan(brierScore(judged(WRONG)));
  });

  it('count every pair once', () => {
    const bins = reliability(judged(RULE), 7);
    expect(bins.reduce((sum, bin) => sum + bin.pairs, 0)).toBe(pairs.length);
    expect(
      calibrationError([
        { said: 0.4, seen: 0.5, pairs: 1 },
        { said: 0.2, seen: 0.6, pairs: 3 },
      ]),
    ).toBeCloseTo(0.325, 12);
  });
});
