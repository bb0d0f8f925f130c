import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Piece } from '#libs/tokenizer';
import { sentenceStarts } from './sentence-starts.js';
import { sentencesOf } from './sentences.js';
import { sentenceTokens } from './sentence-tokens.js';

const WHOLE = { from: 0, to: Infinity };

/** Tokens of this many code points each, in turn; 0: two tokens for the bytes of one, as byte-level vocabularies have. */
function piecesOf(text: string, lengths: readonly number[]): Piece[] {
  const points = Array.from(text);
  const pieces: Piece[] = [];
  for (let point = 0, byte = 0, turn = 0; point < points.length; turn += 1) {
    const length = lengths[turn % lengths.length]!;
    const part = points.slice(point, point + Math.max(1, length)).join('');
    const piece = { id: turn, text: part, start: byte, stop: byte + Buffer.byteLength(part) };
    pieces.push(piece, ...(length === 0 ? [piece] : []));
    point += Math.max(1, length);
    byte = piece.stop;
  }
  return pieces;
}

function read(text: string, lengths: readonly number[], range = WHOLE, textBefore = ' ') {
  const pieces = piecesOf(textBefore + text, lengths);
  const to = Math.min(range.to, pieces.length);
  return { pieces, sentences: sentenceTokens({ text, pieces, textBefore, read: { ...range, to } }) };
}

const numbered = (index: number) =>
  `Sentence number ${index} says 3.5 times "more" of Mr. Smith's words, etc. than 猫 did! `;

const HARD = [
  '👩‍👩‍👧',
  '🇩🇪',
  '👍🏽',
  'e\u0301',
  'ü',
  '猫は小さな動物です。',
  '机器学习',
  '\r\n',
  '\r\n\r\n',
  '\ud83d',
  '\ude00',
  '\u00a0',
  '\u3000',
  '\u2028',
  ' ',
  ' ',
  'ภาษาไทย',
  'مرحبا؟',
  'A sentence of words. ',
  'Dr. No? ',
  'x',
  '…',
  '!',
];
const hardText = fc.array(fc.constantFrom(...HARD), { minLength: 1, maxLength: 60 }).map((parts) => parts.join(''));
const lengths = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });

describe('the sentences of a text', () => {
  it('are found in any language, headings and abbreviations with what follows them', () => {
    const text =
      '1. Cats purr at night.\r\nDogs bark all day!  猫は小さな動物です。犬は吠えます。 Dr. No is a film of 1962. Bye.';
    expect(sentencesOf(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      '1. Cats purr at night.',
      'Dogs bark all day!',
      '猫は小さな動物です。',
      '犬は吠えます。',
      'Dr. No is a film of 1962. Bye.',
    ]);
  });

  it.each(['', ' \r\n\u3000'])('are none in %j', (text) => {
    expect(sentencesOf(text)).toEqual([]);
    expect(read(text, [1]).sentences).toEqual([]);
  });

  it('are the same in a long text, which is looked at in parts', () => {
    const text = Array.from({ length: 1000 }, (_, index) => numbered(index)).join('');
    const whole = [...new Intl.Segmenter('und', { granularity: 'sentence' }).segment(text)];
    const starts = new Set(whole.map(({ index }) => index));
    const found = sentencesOf(text);
    expect(found.length).toBeGreaterThan(900);
    expect(found.filter(({ start }) => !starts.has(start))).toEqual([]);
    expect(found.at(-1)!.end).toBe(text.length - 1);
    expect(sentencesOf('x'.repeat(50_000))).toEqual([{ start: 0, end: 50_000 }]);
  });

  it('begin at the tokens that windows of sentences begin with', async () => {
    const text = '😀 One sentence of words. Another one is here. \r\n\r\nA third, after a gap. 猫は小さな動物です。';
    const pieces = piecesOf(` ${text}`, [3, 1, 2]);
    const tokens = sentenceTokens({ text, pieces, textBefore: ' ', read: { from: 0, to: pieces.length } });
    expect(await sentenceStarts({ text, pieces, textBefore: ' ' })).toEqual(tokens.slice(1).map(({ from }) => from));
    expect(tokens).toHaveLength(4);
  });

  it('hold all that is no white space, in code points, in order, whatever the characters and the tokens', () => {
    fc.assert(
      fc.property(hardText, lengths, (text, each) => {
        const points = Array.from(text);
        const { sentences } = read(text, each);
        let covered = 0;
        for (const { start, end } of sentences) {
          expect(start).toBeGreaterThanOrEqual(covered);
          expect(points.slice(covered, start).join('').trim()).toBe('');
          const shown = points.slice(start, end).join('');
          expect(shown).toBe(shown.trim());
          expect(shown).not.toBe('');
          covered = end;
        }
        expect(points.slice(covered).join('').trim()).toBe('');
      }),
      { numRuns: 500 },
    );
  });

  it('have each token once, in order, and every token that has a character of theirs alone', () => {
    fc.assert(
      fc.property(hardText, lengths, (text, each) => {
        const { sentences } = read(text, each);
        sentences.forEach(({ from, to }, place) => {
          expect(to).toBeGreaterThan(from);
          expect(from).toBeGreaterThanOrEqual(sentences[place - 1]?.to ?? 0);
        });
      }),
    );
  });

  it('are cut where they are longer than 128 tokens, in equal parts and between characters', () => {
    // With what stands before the text.
    const { sentences } = read('猫'.repeat(300), [0]);
    expect(sentences.map(({ from, to }) => to - from)).toEqual([120, 122, 120, 120, 120]);
    expect(sentences.map(({ start, end }) => end - start).reduce((sum, length) => sum + length)).toBe(300);
  });

  it('are found without looking far behind what was read, as if all had been looked at', () => {
    const text = '猫は小さな動物です。The 2nd sentence is here. \ud83d Ünïcode stands in the third. '.repeat(60);
    const range = { from: 0, to: 300 };
    const { pieces } = read(text, [2]);
    let asked = 0;
    function* counted() {
      for (const piece of pieces) {
        asked += 1;
        yield piece;
      }
    }
    const found = sentenceTokens({ text, pieces: counted(), textBefore: ' ', read: range });
    expect(asked).toBeLessThan(600);
    expect(pieces.length).toBeGreaterThan(2000);
    const whole = read(text, [2]).sentences.filter(({ to }) => to <= range.to);
    expect(whole.length).toBeGreaterThan(5);
    expect(found.slice(0, whole.length)).toEqual(whole);
    expect(found.length).toBeLessThanOrEqual(whole.length + 1);
    expect(found.at(-1)!.to).toBe(range.to);
  });

  it('are those that were read, the last one as far as it was', () => {
    const text = 'The first sentence is here. The second sentence is cut.';
    const { sentences } = read(text, [1], { from: 0, to: 40 });
    expect(sentences.map(({ start, end }) => text.slice(start, end))).toEqual([
      'The first sentence is here.',
      'The second',
    ]);
  });
});
