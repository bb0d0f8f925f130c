import type { Piece } from '#libs/tokenizer';
import type { TokenRange } from '../windows.js';
import { sentencesOf } from './sentences.js';
import { TextPositions } from './text-positions.js';

/** A sentence, or a part of a long one. */
export interface SentenceTokens extends TokenRange {
  /** Code points [start, end) of the text, without white space around them. */
  readonly start: number;
  readonly end: number;
}

/** Tokens behind what was read that are looked at: a sentence that is cut there is known by what follows. */
const LOOK_AHEAD = 256;
/** Tokens of a sentence that is scored whole; longer ones are cut into equal parts. */
const LONGEST_SENTENCE = 128;

export interface TokenisedText {
  readonly text: string;
  /** Of the text with what stands before and after it in its prompt; asked for no further than is needed. */
  readonly pieces: Iterable<Piece>;
  readonly textBefore: string;
  /** Tokens of the document that were read, half-open. */
  readonly read: TokenRange;
}

/**
 * The sentences of a document and their tokens, as far as it was read. A token between two belongs to the later one; where that
 * leaves one without tokens, the two are one.
 */
export function sentenceTokens(whole: TokenisedText): SentenceTokens[] {
  const { read } = whole;
  const { text, pieces, bytesBefore } = asFarAsRead(whole);
  const tokens = new TokenPlaces(text, pieces, bytesBefore);
  return wholeSentences(text, tokens).flatMap((sentence) => {
    const from = Math.max(read.from, sentence.from);
    const to = Math.min(read.to, sentence.to);
    if (from >= to) return [];
    const start = from > sentence.from ? tokens.startOf(from) : sentence.start;
    const end = to < sentence.to ? tokens.stopOf(to - 1) : sentence.end;
    return partsOf({ from, to, start, end }, tokens).flatMap((part) => tokens.trimmed(part));
  });
}

/** The text and its tokens up to some way behind what was read: a text may be a thousand times as long as what a model reads. */
function asFarAsRead({ text, pieces, textBefore, read }: TokenisedText) {
  const bytesBefore = Buffer.byteLength(textBefore);
  const seen: Piece[] = [];
  for (const piece of pieces) {
    if (seen.length === read.to + LOOK_AHEAD) {
      return { text: firstBytes(text, seen.at(-1)!.stop - bytesBefore), pieces: seen, bytesBefore };
    }
    seen.push(piece);
  }
  return { text, pieces: seen, bytesBefore };
}

/** The beginning of a text that takes so much in UTF-8; a UTF-16 unit takes a byte at least. */
function firstBytes(text: string, bytes: number): string {
  return text.slice(0, Buffer.from(text.slice(0, bytes)).toString('utf8', 0, bytes).length);
}

/** Tokens and the code points of the text that they came from. */
class TokenPlaces {
  readonly positions: TextPositions;

  constructor(
    private readonly text: string,
    private readonly pieces: readonly Piece[],
    private readonly bytesBefore: number,
  ) {
    this.positions = new TextPositions(text);
  }

  get count(): number {
    return this.pieces.length;
  }

  startOf(token: number): number {
    return this.positions.ofByte(this.pieces[token]!.start - this.bytesBefore);
  }

  stopOf(token: number): number {
    return this.positions.ofByte(this.pieces[token]!.stop - this.bytesBefore);
  }

  /** The part without white space at both ends; none where there is nothing else. */
  trimmed(part: SentenceTokens): SentenceTokens[] {
    const shown = this.text.slice(this.positions.unitOf(part.start), this.positions.unitOf(part.end));
    if (shown.trim() === '') return [];
    // White space has one code point a unit.
    const start = part.start + shown.length - shown.trimStart().length;
    return [{ ...part, start, end: part.end - (shown.length - shown.trimEnd().length) }];
  }
}

function wholeSentences(text: string, tokens: TokenPlaces): SentenceTokens[] {
  const found: SentenceTokens[] = [];
  let token = 0;
  for (const { start, end } of sentencesOf(text)) {
    const [first, last] = [tokens.positions.ofUnit(start), tokens.positions.ofUnit(end)];
    while (token < tokens.count && tokens.stopOf(token) <= first) token += 1;
    const before = found.at(-1);
    // What the tokens do not tell apart is one.
    if (before !== undefined && (token === before.from || token === tokens.count)) {
      found.splice(-1, 1, { ...before, end: last });
      continue;
    }
    if (before !== undefined) found.splice(-1, 1, { ...before, to: token });
    found.push({ from: before === undefined ? 0 : token, to: tokens.count, start: first, end: last });
  }
  return found;
}

/** Parts of about equal length, none longer than a sentence may be by more than a character, none cut inside one. */
function partsOf(sentence: SentenceTokens, tokens: TokenPlaces): SentenceTokens[] {
  const { from, to, start, end } = sentence;
  const count = Math.ceil((to - from) / LONGEST_SENTENCE);
  const cuts = Array.from({ length: count - 1 }, (_, part) => {
    let at = from + Math.round(((to - from) * (part + 1)) / count);
    while (at < to && tokens.startOf(at) < tokens.stopOf(at - 1)) at += 1;
    return at;
  });
  const bounds = [from, ...new Set(cuts.filter((at) => at < to)), to];
  return bounds.slice(1).map((last, part) => ({
    from: bounds[part]!,
    to: last,
    start: part === 0 ? start : tokens.startOf(bounds[part]!),
    end: last === to ? end : tokens.startOf(last),
  }));
}
