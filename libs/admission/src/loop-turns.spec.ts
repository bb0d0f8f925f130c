import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { LoopTurns } from './loop-turns.js';

it('reads one chunk of a large body in a turn, each body in its turn', async () => {
  const turns = new LoopTurns();
  const read: string[] = [];
  for (const name of ['a', 'b']) {
    const body = Readable.from([`${name}1`, `${name}2`, `${name}3`]) as unknown as IncomingMessage;
    body.on('data', (chunk: Buffer) => {
      read.push(String(chunk));
      void turns.hold(body);
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

it('gives each writer its own turn', async () => {
  const turns = new LoopTurns();
  const written: string[] = [];
  const writers = ['a', 'b'].map(async (name) => {
    for (let part = 0; part < 3; part += 1) {
      await turns.next();
      written.push(name);
    }
  });
  await nextTurn();
  expect(written.length).toBeLessThanOrEqual(1);
  await Promise.all(writers);
  expect(written.join('')).toBe('ababab');
});
