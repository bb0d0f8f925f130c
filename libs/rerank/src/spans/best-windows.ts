import type { Permit } from '#libs/admission';
import type { AssembledPrompts, FramedText, PromptAssembler } from '../prompt-assembler.js';
import type { ScoredDocument } from '../ranking.js';
import type { RankedDocument } from '../rerank-request.js';
import type { TokenRange } from '../windows.js';

/** What the ranked documents were made from. */
export interface WindowSource {
  readonly prompts: AssembledPrompts;
  /** The distinct documents, and for each document of the request its place there. */
  readonly texts: readonly string[];
  readonly placeOf: readonly number[];
  /** By place in `texts`. */
  readonly scored: readonly ScoredDocument[];
}

/** The documents, those that were read in windows with the place of the one that has the score. Rejects like the tokenizer. */
export async function withBestWindows(
  ranked: readonly RankedDocument[],
  { prompts, texts, placeOf, scored }: WindowSource,
  tokenizer: Pick<PromptAssembler, 'tokenizeFramed'>,
  permit: Permit,
): Promise<readonly RankedDocument[]> {
  const places = [...new Set(ranked.map(({ index }) => placeOf[index]!))].filter(
    (place) => prompts.documents[place]!.parts.length > 1,
  );
  const inWindows = places.map((place) => texts[place]!);
  const tokenised = await tokenizer.tokenizeFramed(inWindows, prompts.frame, permit);
  const found = new Map(
    places.map((place, order) => {
      const read = prompts.documents[place]!.parts[scored[place]!.bestWindow]!;
      return [place, shownPlace(tokenised[order]!, read)];
    }),
  );
  return ranked.map((document) => {
    const place = found.get(placeOf[document.index]!);
    return place === undefined ? document : { ...document, window: { ...place, score: document.relevanceScore } };
  });
}

/** In code points of the document, without the white space around it. */
function shownPlace({ pieces, textBefore }: FramedText, { from, to }: TokenRange) {
  const part = pieces.part(from, to);
  // The first window may begin in what stands before the document. White space has one code point a unit.
  const before = Math.max(0, Array.from(textBefore).length - part.start);
  const text = Array.from(part.text).slice(before).join('');
  const start = Math.max(0, part.start - Array.from(textBefore).length) + text.length - text.trimStart().length;
  return { start, end: start + Array.from(text.trim()).length };
}
