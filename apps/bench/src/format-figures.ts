import { gainOf, mean, rankOf } from './figures.js';

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
  /** Share of the pairs of a request whose order is another one. */
  readonly changedPairs: number;
  readonly ndcg: number;
}

const MOST = 0.99;

export function formatFigures(requests: readonly JudgedRequest[]): FormatFigures {
  const pairs = requests.flatMap(({ exact, scores }) => exact.map((score, index) => [score, scores[index]!] as const));
  const errors = pairs.map(([exact, score]) => Math.abs(score - exact));
  const probabilities = pairs.map(([exact, score]) => Math.abs(probability(score) - probability(exact)));
  return {
    meanError: mean(errors),
    largestError: errors.reduce((most, error) => Math.max(most, error), 0),
    probabilityError: probabilities.toSorted((a, b) => a - b)[Math.ceil(MOST * probabilities.length) - 1]!,
    changedPairs: mean(requests.map((request) => changedShare(request))),
    ndcg: mean(requests.map(({ scores, right }) => gainOf(rankOf(scores, right)))),
  };
}

function probability(difference: number): number {
  return 1 / (1 + Math.exp(-difference));
}

function changedShare({ exact, scores }: JudgedRequest): number {
  const count = exact.length;
  let changed = 0;
  for (let one = 0; one < count; one += 1) {
    for (let other = 0; other < one; other += 1) {
      if ((exact[one]! - exact[other]!) * (scores[one]! - scores[other]!) < 0) changed += 1;
    }
  }
  return count < 2 ? 0 : changed / ((count * (count - 1)) / 2);
}
