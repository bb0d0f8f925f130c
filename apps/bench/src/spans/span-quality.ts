import { findSpans, sentenceScores, sentencesOf, windowsOf } from '#libs/rerank';
import type { Reranker } from '#apps/workshop';
import { Bm25 } from '../bm25.js';
import { probabilityOf } from '../calibrate/score-fit.js';
import type { PlantedCase } from './planted.js';

/** Parts of a text in UTF-16 units, half-open. */
export type Ranges = readonly { readonly start: number; readonly end: number }[];

/** How well kept parts hold the answer of one case. */
export interface Kept {
  /** Every character of the answer is kept. */
  readonly covered: boolean;
  /** Kept characters by all. */
  readonly share: number;
  readonly spans: number;
}

export function keptBy(ranges: Ranges, { document, start, end }: PlantedCase): Kept {
  const holds = (at: number) => ranges.some((range) => range.start <= at && at < range.end);
  const answer = Array.from({ length: end - start }, (_, offset) => start + offset);
  const kept = ranges.reduce((sum, range) => sum + range.end - range.start, 0);
  const covered = answer.every((at) => holds(at) || /\s/u.test(document[at]!));
  return { covered, share: kept / document.length, spans: ranges.length };
}

export const METHODS = ['relevant spans', 'best sentence', 'best pair', 'BM25 sentence'] as const;
export type Method = (typeof METHODS)[number];

/** A document's raw score and its sentences, scored by windows that were documents of their own. */
export interface ScoredCase {
  readonly planted: PlantedCase;
  readonly sentences: Ranges;
  readonly document: number;
  /** By method the score of each sentence: what is kept first. */
  readonly scores: Readonly<Record<Method, readonly number[]>>;
}

/** One request: the document and all of its windows. */
export async function scoredCase(reranker: Reranker, planted: PlantedCase): Promise<ScoredCase> {
  const { document, query } = planted;
  const sentences = sentencesOf(document);
  const texts = windowsOf(sentences.length).map(([first, last]) =>
    document.slice(sentences[first]!.start, sentences[last]!.end),
  );
  const [whole, ...windows] = await reranker.scores(query, [document, ...texts]);
  const single = windows.slice(0, sentences.length);
  const pairs = windows.slice(sentences.length);
  const words = new Bm25(texts.slice(0, sentences.length)).scores(query);
  const scores = {
    'relevant spans': sentenceScores(sentences.length, windows),
    'best sentence': single,
    'best pair': single.map((_, place) => Math.max(pairs[place - 1] ?? -Infinity, pairs[place] ?? -Infinity)),
    'BM25 sentence': single.map((_, place) => words.get(place) ?? 0),
  };
  return { planted, sentences, document: whole!, scores };
}

/** What the server's rule makes of the scores. */
export function spansByRule({ sentences, document, scores }: ScoredCase, threshold?: number): Ranges {
  const relevances = scores['relevant spans'].map(relevanceOf);
  const options = threshold === undefined ? {} : { threshold };
  return findSpans({ sentences, relevances, document: relevanceOf(document) }, options);
}

function relevanceOf(score: number): number {
  return probabilityOf(score, { a: 1, b: 0 });
}

/** The best sentences that fit into a share of the text; the best one in every case. */
export function withinShare({ sentences, scores }: ScoredCase, method: Method, share: number): Ranges {
  const all = sentences.reduce((sum, { start, end }) => sum + end - start, 0);
  const ofMethod = scores[method];
  const order = sentences.map((_, place) => place).toSorted((a, b) => ofMethod[b]! - ofMethod[a]! || a - b);
  let left = share * all;
  return order.flatMap((place, rank) => {
    const { start, end } = sentences[place]!;
    if (rank > 0 && end - start > left) return [];
    left -= end - start;
    return [{ start, end }];
  });
}
