import { note } from '#libs/logging';
import type { Ranking } from './rerank-request.js';

/** What the request's log line and its trace say of a ranking: counts and times, no text. */
export function noteRanking({
  documents,
  duplicateDocuments,
  truncatedDocuments,
  queryTruncated,
  promptTokens,
  timing,
}: Ranking): void {
  note({
    documents,
    duplicateDocuments,
    truncatedDocuments,
    truncatedQueries: Number(queryTruncated),
    promptTokens,
    tokenizeSeconds: timing.tokenizeSeconds,
    queueSeconds: timing.queueSeconds,
    computeSeconds: timing.computeSeconds,
  });
}
