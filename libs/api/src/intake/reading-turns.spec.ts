import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { ReadingTurns } from './reading-turns.js';

it('reads one chunk of a large body in a turn, each body in its turn', async () => {
  const turns = new ReadingTurns();
  const read: string[] = [];
  for (const name of ['a', 'b']) {
    const body = Readable.from([`${name}1`, `${name}2`, `${name}3`]) as unknown as IncomingMessage;
    body.on('data', (chunk: Buffer) => {
      read.push(String(chunk));
      turns.wait(body, () => undefined);
    });
  }
  let most = 0;
  for (let before = 0; read.length < 6; before = read.length) {
    await nextTurn();
    most = Math.max(most, read.length - before);
  }
  expect(read).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  expect(most).toBeLessThanOrEqual(2);
});
