import { concatenate, type PromptIds } from './prompt-template.js';

export interface TruncationLimits {
  /** Most tokens of a whole prompt. */
  readonly maxLength: number;
  /** Most tokens of a document, the suffix not counted; at least 1. Absent: whatever fits the prompt. */
  readonly maxDocumentTokens?: number | undefined;
}

export interface FittedDocument {
  /** The document's tokens and the whole suffix: the last segment of its prompt. */
  readonly ids: Int32Array;
  /** True when tokens of the document were left out. */
  readonly truncated: boolean;
}

/**
 * Instruction and query leave no room for a document. Cutting them would change what is asked (the official code drops
 * the document and its label instead, without a word), so the request is refused.
 */
export class PromptTooLongError extends Error {
  override readonly name = 'PromptTooLongError';

  constructor(
    /** Tokens that instruction and query take, the fixed prefix included. */
    readonly length: number,
    /** Most tokens they may take. */
    readonly limit: number,
  ) {
    super(`instruction and query take ${length} tokens, at most ${limit} fit; shorten the query or the instruction`);
  }
}

/**
 * Fits every document of a request into the model's length by cutting its tokens on the right; the suffix is always
 * whole. Cutting ids equals the official truncation exactly, because the document's tokens do not depend on its neighbours.
 */
export function fitDocuments(
  { head, query, documents }: PromptIds,
  suffixIds: Int32Array,
  { maxLength, maxDocumentTokens = Infinity }: TruncationLimits,
): FittedDocument[] {
  const length = head.length + query.length;
  const room = maxLength - suffixIds.length - length;
  if (room < 1) throw new PromptTooLongError(length, maxLength - suffixIds.length - 1);
  const budget = Math.min(room, maxDocumentTokens);
  return documents.map((document) => ({
    ids: concatenate(document.subarray(0, budget), suffixIds),
    truncated: document.length > budget,
  }));
}
