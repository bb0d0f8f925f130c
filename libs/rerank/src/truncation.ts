import { concatenate } from '#libs/tokenizer';
import { askedTokens } from './long-query.js';
import type { DocumentFrame, PromptIds } from './prompt-template.js';
import { InvalidRequestError } from './rerank-errors.js';
import type { LongDocuments } from './rerank-request.js';
import { MAX_WINDOWS } from './text-limits.js';
import { sentenceWindows, tokenWindowCount, tokenWindows, type TokenRange } from './windows.js';

export interface LengthLimits {
  /** Most tokens of a whole prompt. */
  readonly maxLength: number;
  /** Most tokens of a document, what follows it not counted; at least 1. Absent: whatever fits the prompt. */
  readonly maxDocumentTokens?: number | undefined;
}

/** What happens to a document that is longer than its limit. */
export interface Cutting {
  /** Absent: the end is cut. */
  readonly longDocuments?: LongDocuments | undefined;
  /** By the document's index: tokens at which its sentences begin, where windows are to end with a sentence. */
  readonly sentenceStarts?: ReadonlyMap<number, readonly number[]> | undefined;
}

export interface FittedDocument {
  /** The tokens of the whole document, with what follows them. */
  readonly ids: Int32Array;
  /** The tokens of the whole document. */
  readonly content: Int32Array;
  /** Its tokens in each window. */
  readonly parts: readonly TokenRange[];
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
 * Fits every document of a request into `limit` tokens (what follows it not counted) by cutting its tokens; what stands around it is
 * always whole. Cutting ids on the right equals the official truncation exactly, because the document's tokens do not depend on its
 * neighbours. Throws an InvalidRequestError for more windows than are read.
 */
export function fitDocuments(
  { documents, frame }: Pick<PromptIds, 'documents' | 'frame'>,
  limit: number,
  cutting: Cutting = {},
): FittedDocument[] {
  const contents = documents.map((document) => document.subarray(0, document.length - frame.after.length));
  const lengths = contents.map(({ length }) => length);
  const parts = partsOf(lengths, limit, frame, cutting);
  return documents.map((document, index) => {
    const content = contents[index]!;
    const ofDocument = parts[index]!;
    return {
      ids: document,
      content,
      parts: ofDocument,
      windows: ofDocument.map(({ from, to }) => windowOf(content.subarray(from, to), { document, content, frame })),
      length: content.length,
      limit,
      // Windows overlap, so only the first start and the last end can leave something out.
      truncated: ofDocument[0]!.from > 0 || ofDocument.at(-1)!.to < content.length,
    };
  });
}

/** Most tokens that instruction and query may take, the fixed prefix included, for one token of a document to fit. */
export function askedLimit({ after, tail, tailAsks }: DocumentFrame, { maxLength }: LengthLimits): number {
  return maxLength - (tailAsks ? 0 : tail.length) - after.length - 1;
}

/** Most tokens of a document that fit, what follows it not counted; at least 1. Throws PromptTooLongError. */
export function documentLimit(prompt: Pick<PromptIds, 'head' | 'query' | 'frame'>, limits: LengthLimits): number {
  const [asked, most] = [askedTokens(prompt), askedLimit(prompt.frame, limits)];
  if (asked > most) throw new PromptTooLongError(asked, most);
  return Math.min(most + 1 - asked, limits.maxDocumentTokens ?? Infinity);
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

function endOf({ byteOffset, byteLength }: Int32Array): number {
  return byteOffset + byteLength;
}

const KEEP_START: LongDocuments = { kind: 'cut', keep: 'start' };

/** What is read of documents of these lengths: all of one that fits. */
function partsOf(
  lengths: readonly number[],
  most: number,
  { before }: DocumentFrame,
  { longDocuments = KEEP_START, sentenceStarts }: Cutting,
): TokenRange[][] {
  // A part from the middle or the end gets the start of its frame besides.
  const limit = Math.max(1, most - before.length);
  const cut = (cutOf: (length: number, index: number) => TokenRange[]) =>
    lengths.map((length, index) => (length <= most ? [{ from: 0, to: length }] : cutOf(length, index)));
  if (longDocuments.kind === 'windows') {
    const { maxWindows, overlapTokens, overlapSentences: overlap = 0 } = longDocuments;
    const ofTokens = { limit, maxWindows, overlap: overlapTokens };
    if (sentenceStarts === undefined) {
      requireFewWindows(lengths.map((length) => (length <= most ? 1 : tokenWindowCount(length, ofTokens))));
      return cut((length) => tokenWindows(length, ofTokens));
    }
    // Each of the others has one at least.
    let left = Math.max(MAX_WINDOWS, lengths.length) - lengths.length + 1;
    return cut((length, index) => {
      const windows = sentenceWindows(length, sentenceStarts.get(index)!, {
        limit,
        maxWindows: Math.min(maxWindows, left + 1),
        overlap,
      });
      if (windows.length > left) throw tooManyWindows(`more than ${MAX_WINDOWS} windows`);
      left -= windows.length - 1;
      return windows;
    });
  }
  const keepsEnd = longDocuments.kind === 'cut' && longDocuments.keep === 'end';
  return cut((length) => [keepsEnd ? { from: length - limit, to: length } : { from: 0, to: most }]);
}

/** Before they are made: a million of them would hold up everything else for seconds. */
function requireFewWindows(counts: readonly number[]): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= Math.max(MAX_WINDOWS, counts.length)) return;
  throw tooManyWindows(`${total} windows`);
}

function tooManyWindows(made: string): InvalidRequestError {
  const message = `documents make ${made}, at most ${MAX_WINDOWS} are read; allow fewer or longer windows`;
  return new InvalidRequestError('documents', message);
}
