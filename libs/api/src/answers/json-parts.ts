/** Of these an object is written at once. */
const SHORT_MEMBERS = 16;
const SHORT_STRING = 1024;

/** Strings are written in parts of this number of characters. */
const STRING_PART = 32_768;

/**
 * The JSON of a value in parts, none of them long, as JSON.stringify writes it: what is undefined is left out. Other iterables
 * than arrays are written as arrays, one item at a time, so that a long list need not exist as a whole.
 */
export function* jsonParts(value: unknown): Generator<string> {
  if (isShort(value)) yield JSON.stringify(value) ?? 'null';
  else if (typeof value === 'string') yield* stringParts(value);
  else if (Symbol.iterator in (value as object)) yield* listParts(value as Iterable<unknown>);
  else yield* objectParts(value as object);
}

/** A value, or an object of values, that are written faster at once. */
function isShort(value: unknown): boolean {
  if (isShortValue(value)) return true;
  if (typeof value !== 'object' || Symbol.iterator in value!) return false;
  const members = Object.values(value!);
  return members.length <= SHORT_MEMBERS && members.every(isShortValue);
}

function isShortValue(value: unknown): boolean {
  return typeof value === 'string' ? value.length <= SHORT_STRING : typeof value !== 'object' || value === null;
}

function* listParts(items: Iterable<unknown>): Generator<string> {
  let before = '[';
  for (const item of items) {
    yield before;
    yield* jsonParts(item);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function* objectParts(value: object): Generator<string> {
  let before = '{';
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    yield* jsonParts(member);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

function* stringParts(text: string): Generator<string> {
  if (text.length <= STRING_PART) {
    yield JSON.stringify(text);
    return;
  }
  yield '"';
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = Math.min(from + STRING_PART, text.length);
    if (isFirstOfPair(text.charCodeAt(to - 1)) && to < text.length) to -= 1;
    yield JSON.stringify(text.slice(from, to)).slice(1, -1);
  }
  yield '"';
}

/** The first half of a character beyond 16 bits: cut off from the other one, it would be written as an escape. */
function isFirstOfPair(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
