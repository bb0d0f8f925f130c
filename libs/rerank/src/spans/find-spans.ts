/** A part of a document that carries its relevance. */
export interface RelevantSpan {
  /** Unicode code points of the document's text, half-open. */
  readonly start: number;
  readonly end: number;
  /** Relevance of its best sentence, on the scale of the document's. */
  readonly score: number;
}

export interface SpanOptions {
  /** Only spans with a higher score. Absent: 0.1, or where the whole document has less, what that has. */
  readonly threshold?: number;
  /** Absent: as many as there are. */
  readonly maxSpans?: number;
}

/** Windows of one sentence, then of two neighbours: [first, last] of each. */
export function windowsOf(sentences: number): (readonly [first: number, last: number])[] {
  // The only sentence is the document, which is scored already.
  if (sentences < 2) return [];
  const single = Array.from({ length: sentences }, (_, index) => [index, index] as const);
  const pairs = Array.from({ length: sentences - 1 }, (_, index) => [index, index + 1] as const);
  return [...single, ...pairs];
}

/** How many `windowsOf` makes. */
export function windowCount(sentences: number): number {
  return sentences < 2 ? 0 : 2 * sentences - 1;
}

/**
 * The raw score of each sentence, from those of `windowsOf`: its own, or where that is more the mean of its own and its better
 * pair's. The pair speaks for a sentence that says "it" of what the one before names; the mean keeps a neighbour of the answer from
 * counting as much as the answer.
 */
export function sentenceScores(sentences: number, scores: ArrayLike<number>): number[] {
  return Array.from({ length: sentences }, (_, index) => {
    const own = scores[index]!;
    const pairs = [index - 1, index].filter((first) => first >= 0 && first < sentences - 1);
    const pair = Math.max(...pairs.map((first) => scores[sentences + first]!));
    return Math.max(own, (own + pair) / 2);
  });
}

/** Cohere's, whose scores are calibrated. */
const USUAL_THRESHOLD = 0.1;

/** Of the best sentence's relevance: less is not what the document is found for (measured: docs/spans.md). */
const LEAST_PART = 0.3;

export interface ScoredSentences {
  readonly sentences: readonly { readonly start: number; readonly end: number }[];
  readonly relevances: readonly number[];
  /** Relevance of the whole document. */
  readonly document: number;
}

/**
 * The fewest spans that hold a document's relevance: its sentences above the threshold and above three tenths of the best one's, those that
 * touch made one. Best first; earlier ones first among equals.
 */
export function findSpans(
  { sentences, relevances, document }: ScoredSentences,
  { threshold, maxSpans = Infinity }: SpanOptions,
): RelevantSpan[] {
  const isRelevant = (score: number) =>
    threshold === undefined ? score > USUAL_THRESHOLD || score >= document : score > threshold;
  const least = LEAST_PART * Math.max(...relevances);
  const spans: RelevantSpan[] = [];
  let touching = false;
  sentences.forEach(({ start, end }, index) => {
    const score = relevances[index]!;
    const kept = isRelevant(score) && score >= least;
    const last = spans.at(-1);
    if (kept && touching) spans.splice(-1, 1, { start: last!.start, end, score: Math.max(last!.score, score) });
    else if (kept) spans.push({ start, end, score });
    touching = kept;
  });
  return spans.toSorted((a, b) => b.score - a.score || a.start - b.start).slice(0, maxSpans);
}
