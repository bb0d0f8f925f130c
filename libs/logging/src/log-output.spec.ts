import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { droppedLogLines, LogOutput } from './log-output.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;
let said: string[];

beforeEach(() => {
  folder = folderOfTest();
  said = [];
});

/** Under load a thread may come late. */
const PATIENT = { timeout: 20_000 };

const say = (sentence: string): void => void said.push(sentence);

it('writes every line to a file, in order', async () => {
  const file = path.join(folder, 'log');
  const output = new LogOutput(openSync(file, 'a'), say);
  const lines = Array.from({ length: 5000 }, (_, index) => `{"line":${index}}\n`);
  for (const line of lines) output.write(line);
  await expect.poll(() => readFileSync(file, 'utf8'), PATIENT).toBe(lines.join(''));
  output.write('last\n');
  output.flushSync();
  expect(readFileSync(file, 'utf8').endsWith('last\n')).toBe(true);
});

it('drops and counts what a full disk does not take, and says so once', async () => {
  const before = droppedLogLines();
  const output = new LogOutput(openSync('/dev/full', 'w'), say);
  output.write('one\ntwo\n');
  await expect.poll(() => droppedLogLines() - before, PATIENT).toBe(2);
  output.write('three\n');
  await expect.poll(() => droppedLogLines() - before, PATIENT).toBe(3);
  output.flushSync();
  expect(said).toEqual([expect.stringMatching(/no space left/u)]);
});

it('keeps what a stalled reader does not take, up to a bound, and writes it whole when the reader is back', async () => {
  const pipe = path.join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(pipe, constants.O_WRONLY);
  const before = droppedLogLines();
  const output = new LogOutput(writer, say);
  const line = `${'x'.repeat(999)}\n`;
  for (let sent = 0; sent < 3000; sent += 1) output.write(line);
  expect(droppedLogLines() - before).toBeGreaterThan(1000);
  expect(said).toHaveLength(1);
  const kept = 3000 - (droppedLogLines() - before);
  let received = '';
  await expect
    .poll(() => {
      received += drained(reader);
      return received.length;
    }, PATIENT)
    .toBe(kept * line.length);
  expect(received).toBe(line.repeat(kept));
  closeSync(reader);
  output.write('to no reader\n');
  await expect.poll(() => droppedLogLines() - before, PATIENT).toBe(3000 - kept + 1);
});

function drained(reader: number): string {
  const buffer = Buffer.alloc(1 << 20);
  try {
    return buffer.toString('latin1', 0, readSync(reader, buffer));
  } catch {
    return ''; // Nothing there now.
  }
}
