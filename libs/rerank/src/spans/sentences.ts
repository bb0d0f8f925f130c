/** Part of a text in UTF-16 units, half-open. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Shorter ones, such as "1." or "Dr.", are no sentence: they belong to what follows. */
const LEAST_LETTERS = 12;
const LETTERS = /[\p{L}\p{N}]/gu;
/** Of scripts without spaces a sentence has fewer characters. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Hangul}]/gu;

const SEGMENTER = new Intl.Segmenter('und', { granularity: 'sentence' });

/** The sentences of a text in any language, by Unicode's rules, without the white space around them; none of a blank text. */
export function sentencesOf(text: string): TextRange[] {
  const sentences: TextRange[] = [];
  let pending: number | undefined;
  for (const { segment, index } of SEGMENTER.segment(text)) {
    const range = trimmed(segment, index);
    if (range === undefined) continue;
    const start = pending ?? range.start;
    // A heading or a list's number ends with its line all the same, where something long stands before and behind.
    if (isShort(text.slice(start, range.end))) {
      pending = start;
      continue;
    }
    sentences.push({ start, end: range.end });
    pending = undefined;
  }
  return pending === undefined ? sentences : withRest(sentences, { start: pending, end: text.trimEnd().length });
}

function trimmed(segment: string, index: number): TextRange | undefined {
  const end = segment.trimEnd().length;
  return end === 0 ? undefined : { start: index + segment.length - segment.trimStart().length, end: index + end };
}

function isShort(text: string): boolean {
  const letters = (text.match(LETTERS)?.length ?? 0) + 2 * (text.match(WIDE)?.length ?? 0);
  return letters < LEAST_LETTERS;
}

/** What is too short at the end belongs to the last sentence. */
function withRest(sentences: readonly TextRange[], rest: TextRange): TextRange[] {
  const last = sentences.at(-1);
  return last === undefined ? [rest] : [...sentences.slice(0, -1), { start: last.start, end: rest.end }];
}
