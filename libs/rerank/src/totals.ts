import type { PriorityClass } from '#libs/admission';
import type { Ranking } from './rerank-request.js';

/** What an HTTP request came to, all its queries together: counts and seconds, no text. */
export interface Totals {
  readonly queries: number;
  readonly documents: number;
  readonly duplicateDocuments: number;
  readonly truncatedDocuments: number;
  readonly truncatedQueries: number;
  readonly promptTokens: number;
  /** That of all its queries: the lowest that one of them has. */
  readonly priorityClass: PriorityClass;
  readonly tokenizeSeconds: number;
  readonly queueSeconds: number;
  readonly computeSeconds: number;
}

export function totalsOf(rankings: readonly [Ranking, ...Ranking[]]): Totals {
  const sum = (valueOf: (ranking: Ranking) => number) => rankings.reduce((all, ranking) => all + valueOf(ranking), 0);
  return {
    queries: rankings.length,
    documents: sum(({ documents }) => documents),
    duplicateDocuments: sum(({ duplicateDocuments }) => duplicateDocuments),
    truncatedDocuments: sum(({ truncatedDocuments }) => truncatedDocuments),
    truncatedQueries: sum(({ queryTruncated }) => Number(queryTruncated)),
    promptTokens: sum(({ promptTokens }) => promptTokens),
    priorityClass: rankings[0].priorityClass,
    tokenizeSeconds: sum(({ timing }) => timing.tokenizeSeconds),
    queueSeconds: sum(({ timing }) => timing.queueSeconds),
    computeSeconds: sum(({ timing }) => timing.computeSeconds),
  };
}
