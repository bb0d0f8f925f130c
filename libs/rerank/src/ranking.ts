import { hash } from 'node:crypto';
import type { Permit } from '#libs/admission';
import type { RelevanceFormula } from '#libs/model-service';
import { totalTokens } from '#libs/tokenizer';
import type { AssembledPrompts } from './prompt-assembler.js';
import type { MinScore, RankedDocument, Ranking } from './rerank-request.js';
import type { FittedDocument } from './truncation.js';

/** Documents that are the same text are scored once. */
export interface UniqueDocuments {
  readonly texts: readonly string[];
  /** For each document of the request, the index of its text in `texts`. */
  readonly textIndexOf: readonly number[];
}

/** The engine of JavaScript hashes longer strings by their length alone. */
const MOST_HASHED_CHARACTERS = 16_383;
/** Of long texts: they are hashed in about 8 ms. */
const CHARACTERS_A_TURN = 4_000_000;

/** Takes a turn of the event loop for each few megabytes of long texts: 30 MB at once would keep all others waiting. */
export async function uniqueDocuments(
  documents: readonly string[],
  permit: Pick<Permit, 'nextTurn'>,
): Promise<UniqueDocuments> {
  const textIndexes = new Map<string, number>();
  const texts: string[] = [];
  const textIndexOf: number[] = [];
  let characters = 0;
  for (const text of documents) {
    if (text.length > MOST_HASHED_CHARACTERS) characters += text.length;
    if (characters > CHARACTERS_A_TURN) {
      await permit.nextTurn();
      characters = 0;
    }
    const key = textKey(text);
    const textIndex = textIndexes.get(key) ?? texts.length;
    if (textIndex === texts.length) texts.push(text);
    textIndexes.set(key, textIndex);
    textIndexOf.push(textIndex);
  }
  return { texts, textIndexOf };
}

/**
 * What a map knows a text by: long ones of one length that differ at their ends would be compared with each other from their
 * beginnings on, for seconds.
 */
export function textKey(text: string): string {
  return text.length <= MOST_HASHED_CHARACTERS ? text : hash('sha256', text, 'base64');
}

export interface ScoredDocument extends Pick<RankedDocument, 'rawScore' | 'tokenCount' | 'truncated'> {
  /** Index of the window that has the score. */
  readonly bestWindow: number;
}

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
    const ofWindows = logits.subarray(first, next);
    const bestWindow = ofWindows.indexOf(ofWindows.reduce((best, logit) => Math.max(best, logit), -Infinity));
    return {
      rawScore: ofWindows[bestWindow]!,
      bestWindow,
      tokenCount: windows.length * tokensAround + totalTokens(windows),
      truncated,
    };
  });
}

type Counts = Omit<Ranking, 'priorityClass' | 'ranked' | 'timing'>;

/** What a ranking says of its documents and tokens, before spans are searched. */
export function countsOf(
  { prefix, documents, tail, queryTokens, queryTruncated }: AssembledPrompts,
  textIndexOf: readonly number[],
  scored: readonly ScoredDocument[],
): Counts {
  const prefixTokens = totalTokens(prefix);
  const windows = documents.flatMap((document) => document.windows);
  return {
    documents: textIndexOf.length,
    duplicateDocuments: textIndexOf.length - documents.length,
    truncatedDocuments: textIndexOf.filter((textIndex) => documents[textIndex]!.truncated).length,
    queryTruncated,
    promptTokens: textIndexOf.reduce((tokens, textIndex) => tokens + scored[textIndex]!.tokenCount, 0),
    spanTokens: 0,
    pairTokens: textIndexOf.map((textIndex) => queryTokens + documents[textIndex]!.length),
    prefixTokens,
    uniqueTokens: prefixTokens + totalTokens(windows) + windows.length * (tail?.length ?? 0),
  };
}

/** Of a difference of two logits, P of the first one: exp(yes) / (exp(no) + exp(yes)). */
const PROBABILITY: RelevanceFormula = { a: 1, b: 0 };

export interface RankOptions {
  readonly topN?: number | undefined;
  readonly minScore?: MinScore | undefined;
  readonly relevance?: RelevanceFormula;
}

/**
 * Orders documents by raw score, best first; equal scores keep the order of the request. Answers the first `topN`, without those
 * below `minScore`.
 */
export function rank(
  documents: readonly Omit<RankedDocument, 'relevanceScore'>[],
  { topN = Infinity, minScore, relevance = PROBABILITY }: RankOptions = {},
): RankedDocument[] {
  return documents
    .toSorted((a, b) => b.rawScore - a.rawScore || a.index - b.index)
    .slice(0, topN)
    .map((document) => Object.assign(document, { relevanceScore: relevanceOf(document.rawScore, relevance) }))
    .filter((document) => minScore === undefined || document[minScore.of] >= minScore.least);
}

export function relevanceOf(rawScore: number, { a, b }: RelevanceFormula): number {
  return 1 / (1 + Math.exp(-a * rawScore - b));
}
