import { mean, percentile } from '#apps/workshop';
import { gainOf, rankOf } from './figures.js';

/** The scores d = logit(yes) − logit(no) of one request's documents, in float32 and in the format that is judged. */
export interface JudgedRequest {
  readonly exact: readonly number[];
  readonly scores: readonly number[];
  /** Index of the document that answers the query. */
  readonly right: number;
}

export interface FormatFigures {
  readonly meanError: number;
  readonly largestError: number;
  /** 99 of 100 probabilities are off by no more. */
  readonly probabilityError: number;
  /** Spearman's rank correlation within a request: mean of all, and the lowest. */
  readonly spearman: number;
  readonly lowestSpearman: number;
  /** Pairs whose order changes although float32 has them more than 0.3 apart. */
  readonly changedClearPairs: number;
  /** Share of the pairs of a request whose order is another one. */
  readonly changedPairs: number;
  readonly ndcg: number;
}

const MOST = 99;
const CLEAR = 0.3;

export function formatFigures(requests: readonly JudgedRequest[]): FormatFigures {
  const pairs = requests.flatMap(({ exact, scores }) => exact.map((score, index) => [score, scores[index]!] as const));
  const errors = pairs.map(([exact, score]) => Math.abs(score - exact));
  const probabilities = pairs.map(([exact, score]) => Math.abs(probability(score) - probability(exact)));
  const correlations = requests.map(({ exact, scores }) => spearman(exact, scores));
  return {
    meanError: mean(errors),
    largestError: errors.reduce((most, error) => Math.max(most, error), 0),
    probabilityError: percentile(probabilities, MOST),
    spearman: mean(correlations),
    lowestSpearman: correlations.reduce((least, one) => Math.min(least, one), 1),
    changedClearPairs: requests.reduce((total, request) => total + changed(request, CLEAR), 0),
    changedPairs: mean(requests.map((request) => changed(request, 0) / pairCount(request))),
    ndcg: mean(requests.map(({ scores, right }) => gainOf(rankOf(scores, right)))),
  };
}

function probability(difference: number): number {
  return 1 / (1 + Math.exp(-difference));
}

/** Pairs whose order changes among those that float32 has more than `apart` apart. */
function changed({ exact, scores }: JudgedRequest, apart: number): number {
  let count = 0;
  for (let one = 0; one < exact.length; one += 1) {
    for (let other = 0; other < one; other += 1) {
      const gap = exact[one]! - exact[other]!;
      if (Math.abs(gap) > apart && gap * (scores[one]! - scores[other]!) < 0) count += 1;
    }
  }
  return count;
}

function pairCount({ exact }: JudgedRequest): number {
  return Math.max(1, (exact.length * (exact.length - 1)) / 2);
}

/** 1 − 6 Σ d² / (n (n² − 1)), d the difference of the ranks. */
function spearman(one: readonly number[], other: readonly number[]): number {
  const count = one.length;
  if (count < 2) return 1;
  const [ranks, others] = [ranksOf(one), ranksOf(other)];
  const squares = ranks.reduce((sum, rank, index) => sum + (rank - others[index]!) ** 2, 0);
  return 1 - (6 * squares) / (count * (count ** 2 - 1));
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).toSorted((a, b) => values[a]! - values[b]!);
  const ranks: number[] = [];
  for (const [rank, index] of order.entries()) ranks[index] = rank;
  return ranks;
}
