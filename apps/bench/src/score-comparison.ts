import type { PublishedScores } from './published-scores.js';

export interface Comparison {
  readonly query: string;
  readonly document: string;
  /** Source and number format. */
  readonly published: string;
  readonly expected: number;
  readonly got: number;
  readonly difference: number;
  readonly within: boolean;
}

/** @param rawScores logit(yes) − logit(no) of each document, in order. */
export function compare(published: PublishedScores, rawScores: readonly number[]): Comparison[] {
  const { query, documents, kind, expected: all, tolerance, source, dtype } = published;
  return documents.map((document, index) => {
    const expected = all[index]!;
    const raw = rawScores[index]!;
    const got = kind === 'logit' ? raw : 1 / (1 + Math.exp(-raw));
    // A probability near 0 or 1 is judged where the model computes it: as a raw score.
    const apart = raw - (kind === 'logit' ? expected : Math.log(expected / (1 - expected)));
    const within = Math.abs(apart) <= tolerance;
    return { query, document, published: `${source}, ${dtype}`, expected, got, difference: got - expected, within };
  });
}
