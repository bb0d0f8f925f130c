import type { Permit } from '#libs/admission';
import type { AssembledPrompts, FramedText, PromptAssembler } from '../prompt-assembler.js';
import type { ScoredDocument } from '../ranking.js';
import type { RankedDocument } from '../rerank-request.js';
import type { TokenRange } from '../windows.js';

/** What the ranked documents were made from. */
export interface WindowSource {
  readonly prompts: AssembledPrompts;
  /** The distinct documents, and for each document of the request the index of its text. */
  readonly texts: readonly string[];
  readonly textIndexOf: readonly number[];
  /** By index in `texts`. */
  readonly scored: readonly ScoredDocument[];
}

/** The documents, those that were read in windows with the place of the one that has the score. Rejects like the tokenizer. */
export async function withBestWindows(
  ranked: readonly RankedDocument[],
  { prompts, texts, textIndexOf, scored }: WindowSource,
  tokenizer: Pick<PromptAssembler, 'tokenizeFramed'>,
  permit: Permit,
): Promise<readonly RankedDocument[]> {
  const textIndexes = [...new Set(ranked.map(({ index }) => textIndexOf[index]!))].filter(
    (textIndex) => prompts.documents[textIndex]!.parts.length > 1,
  );
  const inWindows = textIndexes.map((textIndex) => texts[textIndex]!);
  const tokenised = await tokenizer.tokenizeFramed(inWindows, prompts.frame, permit);
  const found = new Map(
    textIndexes.map((textIndex, order) => {
      const read = prompts.documents[textIndex]!.parts[scored[textIndex]!.bestWindow]!;
      return [textIndex, shownRange(tokenised[order]!, read)];
    }),
  );
  return ranked.map((document) => {
    const window = found.get(textIndexOf[document.index]!);
    return window === undefined ? document : { ...document, window: { ...window, score: document.relevanceScore } };
  });
}

/** In code points of the document, without the white space around it. */
function shownRange({ pieces, textBefore }: FramedText, { from, to }: TokenRange) {
  const part = pieces.part(from, to);
  // The first window may begin in what stands before the document. White space has one code point a unit.
  const before = Math.max(0, Array.from(textBefore).length - part.start);
  const text = Array.from(part.text).slice(before).join('');
  const start = Math.max(0, part.start - Array.from(textBefore).length) + text.length - text.trimStart().length;
  return { start, end: start + Array.from(text.trim()).length };
}
