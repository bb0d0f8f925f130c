import type { RankedDocument, Ranking } from '#libs/rerank';

/** What `return_details` adds to each result. */
export interface DocumentDetails {
  /** Tokens of the document's whole prompt, instruction and query included. */
  readonly token_count: number;
  readonly truncated: boolean;
}

/** What `return_details` adds to the answer. */
export interface RequestDetails {
  /** Tokens of instruction and query: counted for each document in `usage`, computed once at most. */
  readonly prefix_tokens: number;
  /** Tokens with everything that is the same counted once; the rest of `usage.prompt_tokens` was shared. */
  readonly unique_tokens: number;
  readonly duplicate_documents: number;
  readonly truncated_documents: number;
  readonly timing_ms: { readonly tokenize: number; readonly queue: number; readonly compute: number };
}

export function documentDetails({ tokenCount, truncated }: RankedDocument): DocumentDetails {
  return { token_count: tokenCount, truncated };
}

export function requestDetails({ timing, ...ranking }: Ranking): RequestDetails {
  return {
    prefix_tokens: ranking.prefixTokens,
    unique_tokens: ranking.uniqueTokens,
    duplicate_documents: ranking.duplicateDocuments,
    truncated_documents: ranking.truncatedDocuments,
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
