import type { PriorityClass } from '#libs/admission';
import type { RerankRequest } from './rerank-request.js';

/** What is let in at once: what it is expected to add to the queue, and its class. */
export interface Work {
  readonly expectedTokens: number;
  readonly priorityClass: PriorityClass;
}

/** One query of a call; its expected tokens are counted once, for a body may be large. */
export interface Query extends Work {
  readonly request: RerankRequest;
  /** Of the expected tokens those that come when the documents are ranked. */
  readonly expectedSpanTokens: number;
  /** The caller's, for what is said about a batch that failed. */
  readonly name?: string;
}

/** Several queries are let in together, in the lowest of their classes. */
export function togetherOf(queries: readonly Query[]): Work {
  return queries.reduce<Work>(
    (all, query) => ({
      expectedTokens: all.expectedTokens + query.expectedTokens,
      priorityClass: all.priorityClass < query.priorityClass ? query.priorityClass : all.priorityClass,
    }),
    { expectedTokens: 0, priorityClass: 0 },
  );
}
