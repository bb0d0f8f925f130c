import type { RankedDocument, Ranking } from '#libs/rerank';
import { span } from '../../shared/relevant-spans.js';
import { flag, integer, number, object, type ValueOf } from '../schema.js';

/**
 * What `return_details` adds to each result: tokens of the whole prompt, instruction and query included, and where a document was
 * read in windows the one that has the score.
 */
export const resultDetails = { token_count: integer, truncated: flag, window: span };

/**
 * What `return_details` adds to the answer. `prefix_tokens`: of instruction and query, counted for each document in
 * `usage`, computed once at most. `unique_tokens`: everything that is the same counted once. `span_tokens`: what
 * finding relevant spans took.
 */
export const details = object({
  prefix_tokens: integer,
  unique_tokens: integer,
  span_tokens: integer,
  duplicate_documents: integer,
  truncated_documents: integer,
  truncated_query: flag,
  timing_ms: object({ tokenize: number, queue: number, compute: number }),
});

export function resultDetailsOf({ tokenCount, truncated, window }: RankedDocument) {
  return { token_count: tokenCount, truncated, ...(window !== undefined && { window }) };
}

export function detailsOf({ timing, ...ranking }: Ranking): ValueOf<typeof details> {
  return {
    prefix_tokens: ranking.prefixTokens,
    unique_tokens: ranking.uniqueTokens,
    span_tokens: ranking.spanTokens,
    duplicate_documents: ranking.duplicateDocuments,
    truncated_documents: ranking.truncatedDocuments,
    truncated_query: ranking.queryTruncated,
    timing_ms: {
      tokenize: milliseconds(timing.tokenizeSeconds),
      queue: milliseconds(timing.queueSeconds),
      compute: milliseconds(timing.computeSeconds),
    },
  };
}

/** To the microsecond: more digits are noise. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e6) / 1000;
}
