import type { TextItem } from './read-texts.js';
import { placesOf, type RankInput } from './rank-parts.js';
import type { PartScores } from './score-journal.js';

export interface Shown {
  /** Most documents of each query. */
  readonly topN?: number;
  readonly documents: boolean;
}

interface Ranked {
  readonly index: number;
  readonly relevanceScore: number;
  readonly rawScore: number;
}

/** Scores to this many digits: beyond them they depend on which documents were computed together. */
const DIGITS = 6;
const SCORE_WIDTH = 8;

/** A JSON object for each document, best first, query by query. */
export function* jsonLines(
  work: RankInput,
  items: readonly TextItem[],
  scores: Scores,
  shown: Shown,
): Generator<string> {
  for (const [place, query] of work.queries.entries()) {
    for (const [rank, { index, relevanceScore, rawScore }] of best(work, place, scores, shown).entries()) {
      const { id, text } = items[index]!;
      yield `${JSON.stringify({
        ...(work.queries.length > 1 && { query }),
        rank: rank + 1,
        index,
        ...(id !== undefined && { id }),
        relevance_score: rounded(relevanceScore),
        raw_score: rounded(rawScore),
        ...(shown.documents && { document: text }),
      })}\n`;
    }
  }
}

/** Lines for a terminal of `width` columns. */
export function* tableLines(
  work: RankInput,
  items: readonly TextItem[],
  scores: Scores,
  shown: Shown & { readonly width: number },
): Generator<string> {
  for (const [place, query] of work.queries.entries()) {
    if (work.queries.length > 1) yield `\n${query}\n`;
    for (const { index, relevanceScore } of best(work, place, scores, shown)) {
      const { id, text } = items[index]!;
      const head = `${relevanceScore.toFixed(DIGITS).padStart(SCORE_WIDTH)}  ${String(id ?? index).padStart(SCORE_WIDTH)}  `;
      const room = Math.max(0, shown.width - head.length);
      const line = text.replaceAll(/\s+/gu, ' ');
      yield `${head}${line.length > room ? `${line.slice(0, Math.max(0, room - 1))}…` : line}\n`;
    }
  }
}

/** By part. */
export type Scores = ReadonlyMap<number, PartScores>;

/** Best first; equal scores in the order of the file. */
function best(work: RankInput, query: number, scores: Scores, { topN }: Shown): readonly Ranked[] {
  const ranked: Ranked[] = [];
  for (const [part, found] of scores) {
    const places = placesOf(part, work);
    if (places.query !== query) continue;
    for (const [offset, [relevanceScore, rawScore]] of found.entries())
      ranked.push({ index: places.from + offset, relevanceScore, rawScore });
  }
  const sorted = ranked.toSorted(
    (one, other) => rounded(other.rawScore) - rounded(one.rawScore) || one.index - other.index,
  );
  return sorted.slice(0, topN);
}

function rounded(score: number): number {
  return Number(score.toPrecision(DIGITS));
}
