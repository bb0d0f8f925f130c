import type { PriorityClass } from '#libs/admission';
import type { RelevantSpan, SpanOptions } from './spans/find-spans.js';

/** What a caller asks, free of any dialect. */
export interface RerankRequest {
  readonly query: string;
  readonly documents: readonly string[];
  /** Absent: the server's default instruction. */
  readonly instruction?: string;
  /** Absent: all documents. At least 1; clamped to the number of documents. */
  readonly topN?: number;
  /** Documents below it are not answered. */
  readonly minScore?: MinScore;
  readonly limits?: TokenLimits;
  /** Where in the best documents their relevance is; absent: that is not searched. */
  readonly spans?: SpanOptions;
  /** Who goes first: 0 before 1, 1 before 2 and more. Absent: the server's default. */
  readonly priority?: number;
  /** Its documents are computed with those of no other request: their scores are the same to the last bit whatever else is asked. */
  readonly alone?: boolean;
  /** What happens to a document that is longer than its limit; absent: its end is cut. */
  readonly longDocuments?: LongDocuments;
  /** Say where in a document its best window is. */
  readonly locatesWindows?: boolean;
  /** How a query is cut that leaves no room for a document; absent: the request is refused. */
  readonly longQuery?: LongQuery;
}

/** The least score of a document that is answered. */
export interface MinScore {
  readonly of: 'relevanceScore' | 'rawScore';
  readonly least: number;
}

/** A vendor's rule. */
export interface LongQuery {
  /** Of the tokens that query and document have together, those that the query keeps; above 0, below 1. */
  readonly share: number;
  /** The query keeps more than its share where the longest document leaves it. */
  readonly takesSpare: boolean;
}

/** Most tokens, each at least 1; what the model can hold is a limit anyway. */
export interface TokenLimits {
  /** Of a whole prompt: template, instruction, query and document. */
  readonly promptTokens?: number;
  /** Of the query; the rest is cut. */
  readonly queryTokens?: number;
  /** Of a document, or of a window of it. */
  readonly documentTokens?: number;
}

export type LongDocuments =
  | { readonly kind: 'cut'; readonly keep: 'start' | 'end' }
  /** The whole request is refused. */
  | { readonly kind: 'refuse' }
  /** Read in windows that overlap; the best window's score is the document's. */
  | {
      readonly kind: 'windows';
      readonly maxWindows: number;
      readonly overlapTokens: number;
      /** Windows begin and end with a sentence and share this many; the tokens do not count then. */
      readonly overlapSentences?: number;
    };

export interface RankedDocument {
  /** Place in the request's documents. */
  readonly index: number;
  /** 0 to 1: P(yes), or the sigmoid of the raw score on the scale of the model, or as it was calibrated. */
  readonly relevanceScore: number;
  /** logit(yes) − logit(no), or the one logit that the model answers. */
  readonly rawScore: number;
  /** Tokens of the whole prompt of this document; of all its windows' prompts. */
  readonly tokenCount: number;
  /** True when tokens of the document were left out. */
  readonly truncated: boolean;
  /** Best first; absent where they were not searched. */
  readonly spans?: readonly RelevantSpan[];
  /** The window that has the document's score; absent where it was not asked for, or the document was read in one piece. */
  readonly window?: RelevantSpan;
}

export interface Ranking {
  readonly priorityClass: PriorityClass;
  /** Best first; equal scores in the order of the request. */
  readonly ranked: readonly RankedDocument[];
  /** Documents of the request, duplicates included. */
  readonly documents: number;
  readonly duplicateDocuments: number;
  /** Tokens of all prompts, the shared part counted for each document, as other servers bill. */
  readonly promptTokens: number;
  /** Of them those that finding spans took, the shared part not counted: it is computed once. */
  readonly spanTokens: number;
  /** Tokens of query and document, the template left out, by the document's index. */
  readonly pairTokens: readonly number[];
  /** Tokens before the documents (instruction, query), the same for all of them. */
  readonly prefixTokens: number;
  /** Tokens of all prompts, each part that is the same counted once: the most that is computed. */
  readonly uniqueTokens: number;
  readonly truncatedDocuments: number;
  /** True when tokens of the query were left out for a document to fit. */
  readonly queryTruncated: boolean;
  readonly timing: {
    readonly tokenizeSeconds: number;
    readonly queueSeconds: number;
    readonly computeSeconds: number;
  };
}
