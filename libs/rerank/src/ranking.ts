import type { RankedDocument } from './rerank-request.js';
import { tokensOf } from './token-arrays.js';
import type { FittedDocument } from './truncation.js';

/** Documents that are the same text are scored once. */
export interface UniqueDocuments {
  readonly texts: readonly string[];
  /** For each document of the request, its place in `texts`. */
  readonly placeOf: readonly number[];
}

export function uniqueDocuments(documents: readonly string[]): UniqueDocuments {
  const places = new Map<string, number>();
  const placeOf = documents.map((text) => {
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  });
  return { texts: [...places.keys()], placeOf };
}

export type ScoredDocument = Pick<RankedDocument, 'rawScore' | 'tokenCount' | 'truncated'>;

/** From a raw score per window, all documents' windows laid end to end, to the best one of each document. */
export function scoreDocuments(
  documents: readonly Pick<FittedDocument, 'windows' | 'truncated'>[],
  logits: Float32Array,
  tokensAround: number,
): ScoredDocument[] {
  let next = 0;
  return documents.map(({ windows, truncated }) => {
    const first = next;
    next += windows.length;
    return {
      rawScore: logits.subarray(first, next).reduce((best, logit) => Math.max(best, logit), -Infinity),
      tokenCount: windows.length * tokensAround + tokensOf(windows),
      truncated,
    };
  });
}

/**
 * Orders documents by raw score, best first; equal scores keep the order of the request. Answers the first `topN`. The
 * relevance is sigmoid(scale · raw score).
 */
export function rank(
  documents: readonly Omit<RankedDocument, 'relevanceScore'>[],
  { topN = Infinity, scale = 1 }: { readonly topN?: number | undefined; readonly scale?: number } = {},
): RankedDocument[] {
  return documents
    .toSorted((a, b) => b.rawScore - a.rawScore || a.index - b.index)
    .slice(0, topN)
    .map((document) => Object.assign(document, { relevanceScore: relevanceOf(document.rawScore, scale) }));
}

/** Of a difference of two logits, P of the first one: exp(yes) / (exp(no) + exp(yes)). */
export function relevanceOf(rawScore: number, scale: number): number {
  return 1 / (1 + Math.exp(-scale * rawScore));
}
