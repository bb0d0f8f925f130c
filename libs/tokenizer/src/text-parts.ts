/** Characters of a part, about: one is encoded in 10 ms, and takes some MiB meanwhile. */
const PART_CHARACTERS = 16_384;

/** How Qwen's tokenizer divides a text into words, which the merges then stay within. */
const KNOWN_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * Where that division always begins a new word, and the normal form C composes nothing: between a letter and a blank or a mark
 * that a letter follows, and before a digit behind a letter or a digit.
 */
const WORD_START = /(?<=\p{L})(?=[ ,;:.、。，！？]\p{L})|(?<=[\p{L}\d])(?=\d)/gu;

/** What of a tokenizer.json decides. */
export interface WordDivision {
  readonly normalizer?: { readonly type?: string } | null;
  readonly pre_tokenizer?: { readonly type?: string; readonly pretokenizers?: readonly PreTokenizer[] } | null;
}

interface PreTokenizer {
  readonly type?: string;
  readonly pattern?: { readonly Regex?: string };
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
}

/** Whether the tokens of a text are those of its parts, one after the other: known of Qwen's own tokenizer only. */
export function canBeParted({ normalizer, pre_tokenizer }: WordDivision): boolean {
  if ((normalizer?.type ?? 'NFC') !== 'NFC') return false;
  const [split, bytes, ...others] = pre_tokenizer?.pretokenizers ?? [];
  return others.length === 0 && isKnownSplit(split) && isPlainByteLevel(bytes);
}

/** The parts of a text, end to end; where none of the places is found, one part is as long as the rest. */
export function partsOf(text: string, characters = PART_CHARACTERS): string[] {
  const parts: string[] = [];
  let from = 0;
  while (text.length - from > characters) {
    WORD_START.lastIndex = from + characters;
    const place = WORD_START.exec(text)?.index;
    if (place === undefined) break;
    parts.push(text.slice(from, place));
    from = place;
  }
  parts.push(from === 0 ? text : text.slice(from));
  return parts;
}

function isKnownSplit(split: PreTokenizer | undefined): boolean {
  return (
    split?.type === 'Split' &&
    split.pattern?.Regex === KNOWN_WORDS &&
    split.behavior === 'Isolated' &&
    split.invert !== true
  );
}

function isPlainByteLevel(bytes: PreTokenizer | undefined): boolean {
  return bytes?.type === 'ByteLevel' && bytes.add_prefix_space === false && bytes.use_regex === false;
}
