import { InvalidRequestError, type RankedDocument, type Ranking } from '#libs/rerank';
import type { DocumentInput } from './document-input.js';

/** The documents that are asked with one query, so that what their pairs share is computed once. */
export interface PairGroup {
  readonly query: DocumentInput;
  readonly documents: readonly DocumentInput[];
  /** Of each document's pair in the request. */
  readonly indexes: readonly number[];
}

/** Throws an InvalidRequestError where there are neither as many queries as documents nor a single one. */
export function groupPairs(queries: readonly DocumentInput[], documents: readonly DocumentInput[]): PairGroup[] {
  if (queries.length !== 1 && queries.length !== documents.length) {
    const message = `${queries.length} queries and ${documents.length} documents: send one query, or as many as documents`;
    throw new InvalidRequestError('queries', message);
  }
  const groups = new Map<string, { query: DocumentInput; documents: DocumentInput[]; indexes: number[] }>();
  for (const [index, document] of documents.entries()) {
    const query = queries.length === 1 ? queries[0]! : queries[index]!;
    const key = JSON.stringify(query);
    const group = groups.get(key) ?? { query, documents: [], indexes: [] };
    group.documents.push(document);
    group.indexes.push(index);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The scores of all pairs, in the order of the request. */
export function scoresInOrder(
  groups: readonly PairGroup[],
  rankings: readonly Ranking[],
  scoreOf: (document: RankedDocument) => number,
): number[] {
  const scores: number[] = [];
  for (const [group, { indexes }] of groups.entries()) {
    for (const document of rankings[group]!.ranked) scores[indexes[document.index]!] = scoreOf(document);
  }
  return scores;
}
