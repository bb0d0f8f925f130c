import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { takeLock } from './download-lock.js';
import { folderOfTest } from '../../../../test/support/temporary-folder.js';

let root: string;
let file: string;

beforeEach(() => {
  root = folderOfTest();
  file = path.join(root, 'locks', 'download.lock');
});

function leave(holder: { host: string; pid: number }): void {
  writeFileSync(file, JSON.stringify({ ...holder, id: 'another' }));
}

it('keeps others waiting until it is released, and says who has it', async () => {
  const first = await takeLock(file, { signal: new AbortController().signal, onWaiting: () => undefined });
  leave({ host: 'other-pod', pid: 7 }); // The same file, as if another machine had it.
  const order: string[] = [];
  const second = takeLock(file, { signal: new AbortController().signal, onWaiting: (holder) => order.push(holder) });
  await expect.poll(() => order).toEqual(['process 7 on other-pod']);
  await first.release();
  expect(existsSync(file)).toBe(true); // It was not the first one's any more.
  rmSync(file);
  await (await second).release();
  expect(existsSync(file)).toBe(false);
});

it('is taken from a holder that shows no life', async () => {
  await (await takeLock(file, { signal: new AbortController().signal, onWaiting: () => undefined })).release();
  leave({ host: 'other-pod', pid: 1 });
  const waitedFor: string[] = [];
  const onWaiting = (holder: string): void => void waitedFor.push(holder);
  const lock = await takeLock(file, { signal: new AbortController().signal, onWaiting, staleMs: 300 });
  expect(waitedFor).toEqual(['process 1 on other-pod']);
  await lock.release();
  expect(existsSync(file)).toBe(false);
});

it('stays with a holder that lives in another container of the same host name, where it has the same process id', async () => {
  await (await takeLock(file, { signal: new AbortController().signal, onWaiting: () => undefined })).release();
  leave({ host: os.hostname(), pid: process.pid });
  const stop = new AbortController();
  await expect(takeLock(file, { signal: stop.signal, onWaiting: () => stop.abort() })).rejects.toThrow(/abort/u);
});

it('stays with a holder on another machine, however old its clock says the file is', async () => {
  await (await takeLock(file, { signal: new AbortController().signal, onWaiting: () => undefined })).release();
  leave({ host: 'other-pod', pid: 1 });
  utimesSync(file, new Date(0), new Date(0));
  const stop = new AbortController();
  await expect(takeLock(file, { signal: stop.signal, onWaiting: () => stop.abort() })).rejects.toThrow(/abort/u);
});

it.each(['', '{"host":"oth', 'null', '[1]', '"other-pod"', '{"pid":1}'])(
  'is taken from a holder whose file says %j and shows no life',
  async (text) => {
    await (await takeLock(file, { signal: new AbortController().signal, onWaiting: () => undefined })).release();
    writeFileSync(file, text);
    const waitedFor: string[] = [];
    const onWaiting = (holder: string): void => void waitedFor.push(holder);
    const lock = await takeLock(file, { signal: new AbortController().signal, onWaiting, staleMs: 300 });
    expect(waitedFor).toEqual(['another process']);
    await lock.release();
    expect(existsSync(file)).toBe(false);
  },
);
