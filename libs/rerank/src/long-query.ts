import type { PromptIds } from './prompt-template.js';
import type { LongQuery } from './rerank-request.js';

/** Token counts of one request. */
export interface QueryRoom {
  /** Template and instruction, as far as they come with the query. */
  readonly fixedTokens: number;
  readonly longestDocument: number;
}

/** Tokens of what is asked: template, instruction and query, wherever the query stands. */
export function askedTokens({ head, query, frame }: Pick<PromptIds, 'head' | 'query' | 'frame'>): number {
  return head.length + query.length + (frame.tailAsks ? frame.tail.length : 0);
}

/** Tokens of the longest document, what follows it not counted. */
export function longestOf({ documents, frame }: Pick<PromptIds, 'documents' | 'frame'>): number {
  return Math.max(...documents.map(({ length }) => length)) - frame.after.length;
}

/**
 * Most tokens that a query may keep which left no room for a document: its share of what query and document have together,
 * or more where documents are short and the API gives a query what they leave. Undefined where not even that fits.
 */
export function queryTokensThatFit(
  /** Most tokens that leave room for a document, see askedLimit. */
  { limit }: { readonly limit: number },
  { fixedTokens, longestDocument }: QueryRoom,
  { share, takesSpare }: LongQuery,
): number | undefined {
  const room = limit + 1 - fixedTokens;
  const kept = Math.max(Math.floor(room * share), takesSpare ? room - Math.max(longestDocument, 1) : 0);
  return kept < 1 ? undefined : kept;
}
