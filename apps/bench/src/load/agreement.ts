import { mean, percent } from '#apps/workshop';

export interface Agreement {
  readonly requests: number;
  /** Largest difference of two scores of one document. */
  readonly largestDifference: number;
  readonly meanDifference: number;
  /** Part of the document pairs that both order alike, ties of either left out. */
  readonly sameOrder: number;
  /** Part of the requests whose best document is the same. */
  readonly sameBest: number;
}

/** Compares the scores of two servers, [request][document]. Fast and wrong is not fast. */
export function agreementOf(ours: readonly number[][], theirs: readonly number[][]): Agreement {
  const differences = ours.flatMap((scores, request) =>
    scores.map((s, index) => Math.abs(s - theirs[request]![index]!)),
  );
  const pairs = ours.flatMap((scores, request) => orders(scores, theirs[request]!));
  const best = ours.filter((scores, request) => bestOf(scores) === bestOf(theirs[request]!));
  return {
    requests: ours.length,
    largestDifference: differences.reduce((most, difference) => Math.max(most, difference), 0),
    meanDifference: mean(differences),
    sameOrder: pairs.length === 0 ? 1 : pairs.filter(Boolean).length / pairs.length,
    sameBest: best.length / ours.length,
  };
}

/** Of a table, with the cells of `agreementCells` below. */
export const AGREEMENT_COLUMNS = [
  'requests',
  'largest difference',
  'mean difference',
  'pairs in the same order',
  'same best document',
];

export function agreementCells(agreement: Agreement): string[] {
  return [
    String(agreement.requests),
    agreement.largestDifference.toExponential(1),
    agreement.meanDifference.toExponential(1),
    percent(agreement.sameOrder),
    percent(agreement.sameBest),
  ];
}

/** For each pair of documents that neither ties, whether both order it alike. */
function orders(ours: readonly number[], theirs: readonly number[]): boolean[] {
  const alike: boolean[] = [];
  for (let a = 0; a < ours.length; a += 1) {
    for (let b = a + 1; b < ours.length; b += 1) {
      const product = (ours[a]! - ours[b]!) * (theirs[a]! - theirs[b]!);
      if (product !== 0) alike.push(product > 0);
    }
  }
  return alike;
}

function bestOf(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores));
}
