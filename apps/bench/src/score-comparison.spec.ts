import { describe, expect, it } from 'vitest';
import { PUBLISHED_SCORES } from './published-scores.js';
import { compare } from './score-comparison.js';

const logits = PUBLISHED_SCORES.find(({ kind, dtype }) => kind === 'logit' && dtype === 'f32')!;
const probabilities = PUBLISHED_SCORES.find(({ models, kind }) => kind === 'probability' && models.includes('8b'))!;

function odds(probability: number): number {
  return Math.log(probability / (1 - probability));
}

describe('published scores', () => {
  it('are within tolerance when they are met, and not when they are missed', () => {
    expect(compare(logits, logits.expected).every(({ within }) => within)).toBe(true);
    const off = logits.expected.map((score) => score + 2 * logits.tolerance);
    expect(compare(logits, off).some(({ within }) => within)).toBe(false);
  });

  it('that are tiny probabilities are judged as raw scores: ten times as likely is wrong', () => {
    expect(compare(probabilities, probabilities.expected.map(odds)).every(({ within }) => within)).toBe(true);
    const tenfold = compare(
      probabilities,
      probabilities.expected.map((p, index) => odds(index === 2 ? p * 10 : p)),
    );
    expect(tenfold.map(({ within }) => within)).toEqual([true, true, false, true]);
  });

  it('have an expected score for each document', () => {
    for (const { documents, expected } of PUBLISHED_SCORES) expect(expected).toHaveLength(documents.length);
  });
});
