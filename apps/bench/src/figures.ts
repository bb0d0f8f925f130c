/** Place of the document, from 1. A tie counts against it. */
export function rankOf(scores: readonly number[], document: number): number {
  return scores.filter((score) => score >= scores[document]!).length;
}

/** nDCG@10 of one query with a single right document: 1 / log2(1 + rank), 0 below rank ten. */
export function gainOf(rank: number): number {
  return rank <= 10 ? 1 / Math.log2(1 + rank) : 0;
}

/** nDCG@10 with graded relevance; `relevances` is in ranked order, `ideal` holds all relevances of the query. */
export function ndcg(relevances: readonly number[], ideal: readonly number[]): number {
  const best = discounted(ideal.toSorted((a, b) => b - a));
  return best === 0 ? 0 : discounted(relevances) / best;
}

/** 1 / rank of the first relevant document among the first ten, else 0. */
export function reciprocalRank(relevances: readonly number[]): number {
  const place = relevances.slice(0, 10).findIndex((relevance) => relevance > 0);
  return place === -1 ? 0 : 1 / (place + 1);
}

/** Smallest step from a document to the next in the expected order; positive when the order is right. */
export function smallestStep(scores: readonly number[]): number {
  return Math.min(...scores.slice(1).map((score, index) => scores[index]! - score));
}

function discounted(relevances: readonly number[]): number {
  return relevances.slice(0, 10).reduce((sum, relevance, place) => sum + relevance / Math.log2(2 + place), 0);
}
