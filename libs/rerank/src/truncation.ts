import { concatenate, type PromptIds } from './prompt-template.js';
import type { LongDocuments } from './rerank-request.js';

export interface TruncationLimits {
  /** Most tokens of a whole prompt. */
  readonly maxLength: number;
  /** Most tokens of a document, the suffix not counted; at least 1. Absent: whatever fits the prompt. */
  readonly maxDocumentTokens?: number | undefined;
  /** Absent: the end is cut. */
  readonly longDocuments?: LongDocuments | undefined;
}

export interface FittedDocument {
  /** The parts of the document that are read, each with the whole suffix: the last segments of its prompts. */
  readonly windows: readonly Int32Array[];
  /** Tokens of the whole document, the suffix not counted. */
  readonly length: number;
  /** Most tokens of a window, the suffix not counted. */
  readonly limit: number;
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
 * Fits every document of a request into the model's length by cutting its tokens; the suffix is always whole. Cutting
 * ids on the right equals the official truncation exactly, because the document's tokens do not depend on its neighbours.
 */
export function fitDocuments(
  { head, query, documents }: PromptIds,
  suffixIds: Int32Array,
  { maxLength, maxDocumentTokens = Infinity, longDocuments }: TruncationLimits,
): FittedDocument[] {
  const length = head.length + query.length;
  const room = maxLength - suffixIds.length - length;
  if (room < 1) throw new PromptTooLongError(length, maxLength - suffixIds.length - 1);
  const limit = Math.min(room, maxDocumentTokens);
  return documents.map((document) => {
    const parts = document.length <= limit ? [document] : cut(document, limit, longDocuments);
    return {
      windows: parts.map((part) => concatenate(part, suffixIds)),
      length: document.length,
      limit,
      truncated: !coversAll(document, parts),
    };
  });
}

/** Windows overlap, so only the first start and the last end can leave something out. */
function coversAll(document: Int32Array, parts: readonly Int32Array[]): boolean {
  const [first, last] = [parts[0]!, parts.at(-1)!];
  return first.byteOffset === document.byteOffset && endOf(last) === endOf(document);
}

function endOf({ byteOffset, byteLength }: Int32Array): number {
  return byteOffset + byteLength;
}

const KEEP_START: LongDocuments = { kind: 'cut', keep: 'start' };

function cut(document: Int32Array, limit: number, how: LongDocuments = KEEP_START): Int32Array[] {
  if (how.kind === 'windows') return windows(document, limit, how);
  return [how.kind === 'cut' && how.keep === 'end' ? document.subarray(-limit) : document.subarray(0, limit)];
}

/**
 *   document  [ . . . . . . . . . . . . . . . . . ]
 *   windows   [ . . . . . . . ]                       as many tokens as fit
 *                       [ . . . . . . . ]             overlapping, so that no sentence is cut in all of them
 *                             [ . . . . . . . ]       the last one is full too: its text has as much context
 */
function windows(document: Int32Array, limit: number, how: LongDocuments & { kind: 'windows' }): Int32Array[] {
  // More than half would read every token many times.
  const step = limit - Math.min(how.overlapTokens, Math.floor(limit / 2));
  const count = Math.min(1 + Math.ceil((document.length - limit) / step), how.maxWindows);
  return Array.from({ length: count }, (_, index) => {
    const start = Math.min(index * step, document.length - limit);
    return document.subarray(start, start + limit);
  });
}
