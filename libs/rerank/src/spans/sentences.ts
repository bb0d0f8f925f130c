/** Part of a text in UTF-16 units, half-open. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Shorter ones, such as "1." or "Dr.", are no sentence: they belong to what follows. */
const LEAST_LETTERS = 12;
const LETTER = /[\p{L}\p{N}]/u;
/** Of scripts without spaces a sentence has fewer characters. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Hangul}]/u;
const COUNTED = new RegExp(`${LETTER.source}|${WIDE.source}`, 'gu');

const SEGMENTER = new Intl.Segmenter('und', { granularity: 'sentence' });

/** The sentences of a text in any language, by Unicode's rules, without the white space around them; none of a blank text. */
export function sentencesOf(text: string): TextRange[] {
  return [...sentencesIn(text)];
}

/** As sentencesOf, found as they are asked for. */
export function* sentencesIn(text: string): Generator<TextRange> {
  let pending: number | undefined;
  let last: TextRange | undefined;
  let letters = 0;
  for (const range of segmentsOf(text)) {
    const start = pending ?? range.start;
    // A heading or a list's number ends with its line all the same, where something long stands before and behind.
    letters += lettersOf(text.slice(range.start, range.end));
    if (letters < LEAST_LETTERS) {
      pending = start;
      continue;
    }
    letters = 0;
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
    // Of a longer part only the sentence that it is for.
    const most = length === BLOCK ? Infinity : 2;
    const segments = firstOf(SEGMENTER.segment(text.slice(from, from + length)), most);
    const isLast = from + length >= text.length && segments.length < most;
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

function firstOf<Item>(items: Iterable<Item>, most: number): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    first.push(item);
    if (first.length === most) break;
  }
  return first;
}

function trimmed(segment: string, index: number): TextRange | undefined {
  const end = segment.trimEnd().length;
  return end === 0 ? undefined : { start: index + segment.length - segment.trimStart().length, end: index + end };
}

/** As many as make a sentence, and no more: it may be long. */
function lettersOf(text: string): number {
  let letters = 0;
  for (const [character] of text.matchAll(COUNTED)) {
    letters += (LETTER.test(character) ? 1 : 0) + (WIDE.test(character) ? 2 : 0);
    if (letters >= LEAST_LETTERS) break;
  }
  return letters;
}
