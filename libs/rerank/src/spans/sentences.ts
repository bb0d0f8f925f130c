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
  return [...sentencesIn(text)];
}

/** As sentencesOf, found as they are asked for. */
export function* sentencesIn(text: string): Generator<TextRange> {
  let pending: number | undefined;
  let last: TextRange | undefined;
  for (const range of segmentsOf(text)) {
    const start = pending ?? range.start;
    // A heading or a list's number ends with its line all the same, where something long stands before and behind.
    if (isShort(text.slice(start, range.end))) {
      pending = start;
      continue;
    }
    if (last !== undefined) yield last;
    last = { start, end: range.end };
    pending = undefined;
  }
  // What is too short at the end belongs to the last sentence.
  const end = text.trimEnd().length;
  if (last !== undefined) yield pending === undefined ? last : { start: last.start, end };
  else if (pending !== undefined) yield { start: pending, end };
}

/** In UTF-16 units. The segmenter takes a time that grows with the square of the text, so it is given a part at a time. */
const BLOCK = 16_384;

function* segmentsOf(text: string): Generator<TextRange> {
  for (let from = 0, length = BLOCK; from < text.length;) {
    const segments = [...SEGMENTER.segment(text.slice(from, from + length))];
    const isLast = from + length >= text.length;
    // Where the last one ends is not known before what follows is read.
    const whole = isLast ? segments : segments.slice(0, -1);
    for (const { segment, index } of whole) {
      const range = trimmed(segment, from + index);
      if (range !== undefined) yield range;
    }
    if (isLast) return;
    from += segments.at(-1)!.index;
    length = whole.length === 0 ? 2 * length : BLOCK;
  }
}

function trimmed(segment: string, index: number): TextRange | undefined {
  const end = segment.trimEnd().length;
  return end === 0 ? undefined : { start: index + segment.length - segment.trimStart().length, end: index + end };
}

function isShort(text: string): boolean {
  const letters = (text.match(LETTERS)?.length ?? 0) + 2 * (text.match(WIDE)?.length ?? 0);
  return letters < LEAST_LETTERS;
}
