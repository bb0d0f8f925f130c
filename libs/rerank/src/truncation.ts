import { askedTokens } from './long-query.js';
import type { DocumentFrame, PromptIds } from './prompt-template.js';
import { InvalidRequestError } from './rerank-errors.js';
import type { LongDocuments } from './rerank-request.js';
import { MAX_WINDOWS } from './text-limits.js';
import { concatenate } from './token-arrays.js';

export interface TruncationLimits {
  /** Most tokens of a whole prompt. */
  readonly maxLength: number;
  /** Most tokens of a document, what follows it not counted; at least 1. Absent: whatever fits the prompt. */
  readonly maxDocumentTokens?: number | undefined;
  /** Absent: the end is cut. */
  readonly longDocuments?: LongDocuments | undefined;
}

export interface FittedDocument {
  /** The tokens of the whole document, with what follows them. */
  readonly ids: Int32Array;
  /** The tokens of the whole document. */
  readonly content: Int32Array;
  /** The tokens that are read, half-open: from the first window to the last. */
  readonly read: { readonly from: number; readonly to: number };
  /** The parts of the document that are read, with what follows them: the last segments of its prompts, or those before the tail. */
  readonly windows: readonly Int32Array[];
  /** Tokens of the whole document, what follows it not counted. */
  readonly length: number;
  /** Most tokens of a window, what follows it not counted. */
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
    super(
      limit > 0
        ? `instruction and query take ${length} tokens, at most ${limit} fit; shorten the query or the instruction`
        : `a prompt may have no more tokens than its template takes alone; allow at least ${length - limit + 1} more`,
    );
  }
}

/**
 * Fits every document of a request into the model's length by cutting its tokens; what stands around it is always whole.
 * Cutting ids on the right equals the official truncation exactly, because the document's tokens do not depend on its
 * neighbours. Throws an InvalidRequestError for more windows than are read.
 */
export function fitDocuments(
  { head, query, documents, frame }: PromptIds,
  { maxLength, maxDocumentTokens = Infinity, longDocuments }: TruncationLimits,
): FittedDocument[] {
  const { after, tail, tailAsks } = frame;
  const length = askedTokens({ head, query, frame });
  const around = (tailAsks ? 0 : tail.length) + after.length;
  const room = maxLength - around - length;
  if (room < 1) throw new PromptTooLongError(length, maxLength - around - 1);
  const limit = Math.min(room, maxDocumentTokens);
  if (longDocuments?.kind === 'windows') {
    const most = windowTokens(limit, frame);
    const lengths = documents.map((document) => document.length - after.length);
    requireFewWindows(lengths.map((tokens) => (tokens <= limit ? 1 : windowsIn(tokens, most, longDocuments).count)));
  }
  return documents.map((document) => {
    const content = document.subarray(0, document.length - after.length);
    const parts = content.length <= limit ? [content] : cut(content, limit, frame, longDocuments);
    return {
      ids: document,
      content,
      read: readTokens(content, parts),
      windows: parts.map((part) => windowOf(part, { document, content, frame })),
      length: content.length,
      limit,
      truncated: !coversAll(content, parts),
    };
  });
}

/** A part of a document with what every window has; where the part begins or ends the document, that is there already. */
export function windowOf(
  part: Int32Array,
  { document, content, frame }: { document: Int32Array; content: Int32Array; frame: DocumentFrame },
): Int32Array {
  const { before, after, tail, tailAsks } = frame;
  const start = part.byteOffset === document.byteOffset ? [] : [before];
  const end = endOf(part) === endOf(content) ? document.subarray(content.length) : after;
  return concatenate(...start, part, end, ...(tailAsks ? [] : [tail]));
}

function readTokens(content: Int32Array, parts: readonly Int32Array[]): FittedDocument['read'] {
  const tokenAt = (byte: number) => (byte - content.byteOffset) / Int32Array.BYTES_PER_ELEMENT;
  return { from: tokenAt(parts[0]!.byteOffset), to: tokenAt(endOf(parts.at(-1)!)) };
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

function cut(document: Int32Array, most: number, frame: DocumentFrame, how = KEEP_START): Int32Array[] {
  const limit = windowTokens(most, frame);
  if (how.kind === 'windows') return windows(document, limit, how);
  return [how.kind === 'cut' && how.keep === 'end' ? document.subarray(-limit) : document.subarray(0, most)];
}

/** A part from the middle or the end gets the start of its frame besides. */
function windowTokens(most: number, { before }: DocumentFrame): number {
  return Math.max(1, most - before.length);
}

type Windows = LongDocuments & { readonly kind: 'windows' };

/**
 *   document  [ . . . . . . . . . . . . . . . . . ]
 *   windows   [ . . . . . . . ]                       as many tokens as fit
 *                       [ . . . . . . . ]             overlapping, so that no sentence is cut in all of them
 *                             [ . . . . . . . ]       the last one is full too: its text has as much context
 */
function windows(document: Int32Array, limit: number, how: Windows): Int32Array[] {
  const { step, count } = windowsIn(document.length, limit, how);
  return Array.from({ length: count }, (_, index) => {
    const start = Math.min(index * step, document.length - limit);
    return document.subarray(start, start + limit);
  });
}

function windowsIn(tokens: number, limit: number, how: Windows): { readonly step: number; readonly count: number } {
  // An overlap of more than half would read every token many times.
  const step = limit - Math.min(how.overlapTokens, Math.floor(limit / 2));
  return { step, count: Math.min(1 + Math.ceil((tokens - limit) / step), how.maxWindows) };
}

/** Before they are made: a million of them would hold up everything else for seconds. */
function requireFewWindows(counts: readonly number[]): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= Math.max(MAX_WINDOWS, counts.length)) return;
  const message = `documents make ${total} windows, at most ${MAX_WINDOWS} are read; allow fewer or longer windows`;
  throw new InvalidRequestError('documents', message);
}
