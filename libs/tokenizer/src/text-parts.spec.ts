import path from 'node:path';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Tokenizer as NativeTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { canBeParted, partsOf } from './text-parts.js';

const json = readFileSync(path.join(import.meta.dirname, '../../embedded-model/tokenizer.json'), 'utf8');
const tokenizer = NativeTokenizer.fromString(json);
const PLAIN = { addSpecialTokens: false };

/** What lies close to the places where a text may be cut. */
const LETTERS = [
  'a',
  'word',
  "it's",
  "'S",
  'é',
  'e\u0301',
  '\u0301',
  '機械',
  '가',
  '\u1100',
  '\u1161',
  'ſ',
  '🙂',
  '\uD800',
];
const OTHERS = [
  ' ',
  '  ',
  '\n',
  ' \n',
  '\u00A0',
  '。',
  '，',
  '.',
  ',',
  ', ',
  '"',
  '-',
  '1',
  '23',
  '٣',
  '½',
  '<|im_end|>',
];
const texts = fc
  .array(fc.constantFrom(...LETTERS, ...OTHERS), { minLength: 200, maxLength: 400 })
  .map((parts) => `${parts.join('')}${' word'.repeat(10)}`);

async function idsOf(text: string): Promise<number[]> {
  return (await tokenizer.encode(text, null, PLAIN)).getIds();
}

describe('the parts of a text', () => {
  it("have the text's tokens, one part after the other", async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const parts = partsOf(text, 8);
        expect(parts.join('')).toBe(text);
        expect(parts.length).toBeGreaterThan(1);
        const ids = await Promise.all(parts.map(idsOf));
        expect(ids.flat()).toEqual(await idsOf(text));
      }),
      { numRuns: 300 },
    );
  });

  it('are short where the text has words, and the whole text where it has no place to cut', () => {
    const words = 'word after word '.repeat(10_000);
    expect(Math.max(...partsOf(words).map(({ length }) => length))).toBeLessThan(16_500);
    const blanks = ' '.repeat(100_000);
    expect(partsOf(blanks)).toEqual([blanks]);
    expect(partsOf('')).toEqual(['']);
  });

  it("are made of texts of Qwen's own tokenizer only", () => {
    const known = JSON.parse(json) as Parameters<typeof canBeParted>[0];
    expect(canBeParted(known)).toBe(true);
    expect(canBeParted({ ...known, normalizer: { type: 'NFKC' } })).toBe(false);
    expect(canBeParted({ ...known, pre_tokenizer: { type: 'ByteLevel' } })).toBe(false);
    const [split, bytes] = known.pre_tokenizer!.pretokenizers!;
    const withBlank = [split!, { ...bytes!, add_prefix_space: true }];
    expect(canBeParted({ ...known, pre_tokenizer: { type: 'Sequence', pretokenizers: withBlank } })).toBe(false);
  });
});
