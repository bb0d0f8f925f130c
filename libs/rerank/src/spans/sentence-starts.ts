import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TokenisedText } from './sentence-tokens.js';
import { sentencesIn } from './sentences.js';

/** Sentences between which others have a turn: a text may have thousands. */
const SENTENCES_A_TURN = 256;

/** Tokens at which the sentences of a text begin, ascending. */
export async function sentenceStarts({ text, pieces, textBefore }: Omit<TokenisedText, 'read'>): Promise<number[]> {
  const starts: number[] = [];
  const tokens = pieces[Symbol.iterator]();
  let token = 0;
  let next = tokens.next();
  let unit = 0;
  let byte = Buffer.byteLength(textBefore);
  let found = 0;
  for (const { start } of sentencesIn(text)) {
    byte += Buffer.byteLength(text.slice(unit, start));
    unit = start;
    // One that lies across belongs to the later sentence.
    for (; next.done !== true && next.value.stop <= byte; next = tokens.next()) token += 1;
    if (token > (starts.at(-1) ?? 0)) starts.push(token);
    found += 1;
    if (found % SENTENCES_A_TURN === 0) await nextTurn();
  }
  return starts;
}
