import { totalTokens } from '#libs/tokenizer';
import type { RerankRequest } from './rerank-request.js';
import { TextTooLongError } from './rerank-errors.js';

/** Documents may become any number of windows; Cohere has the same bound. */
export const MAX_WINDOWS = 10_000;

/** They are copied in a millisecond. */
const TOKENS_A_TURN = 100_000;

/** Each step with as many tokens is to have a turn of the event loop. */
export function isLong(documents: readonly Int32Array[]): boolean {
  return totalTokens(documents) > TOKENS_A_TURN;
}

/** Throws TextTooLongError, by its field, for the first text that is longer than `limit` UTF-16 units. */
export function requireTextsWithin(limit: number, { query, instruction = '', documents }: RerankRequest): void {
  if (query.length > limit) throw new TextTooLongError('query', 'query', { length: query.length, limit });
  if (instruction.length > limit) {
    throw new TextTooLongError('instruction', 'instruction', { length: instruction.length, limit });
  }
  const index = documents.findIndex(({ length }) => length > limit);
  if (index === -1) return;
  throw new TextTooLongError('documents', `documents[${index}]`, { length: documents[index]!.length, limit });
}
