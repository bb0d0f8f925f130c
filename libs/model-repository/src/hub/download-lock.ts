import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../json-file.js';

/** A file in the cache folder that one process of all that share the volume can hold; it shows its life by its mtime. */
export interface DownloadLock {
  release(): Promise<void>;
}

export interface LockWait {
  readonly signal: AbortSignal;
  /** Called once when another holds the lock; `holder` is its host and process id. */
  readonly onWaiting: (holder: string) => void;
  /** Milliseconds without a beat after which the holder counts as gone; absent: six beats. */
  readonly staleMs?: number;
}

const BEAT_MS = 2_000;
/** Six beats missed. The waiter's own clock counts: clocks of two machines need not agree. */
const STALE_MS = 12_000;
const POLL_MS = 250;

/**
 * Waits until the lock is free or its holder shows no life. Host names and process ids say nothing about that: two containers may
 * have the same ones, and each has its own process 1.
 */
export async function takeLock(
  file: string,
  { signal, onWaiting, staleMs = STALE_MS }: LockWait,
): Promise<DownloadLock> {
  await mkdir(path.dirname(file), { recursive: true });
  const own: Holder = { host: os.hostname(), pid: process.pid, id: randomUUID() };
  const watch = new HolderWatch(file, staleMs);
  for (let waiting = false; !(await create(file, own)); waiting = true) {
    const holder = await watch.look();
    if (holder === undefined) continue; // It was let go just now.
    if (watch.isGone) await clear(file, holder);
    else {
      if (!waiting) onWaiting(holder.host === '' ? 'another process' : `process ${holder.pid} on ${holder.host}`);
      await sleep(POLL_MS, undefined, { signal });
    }
  }
  const beat = setInterval(() => void touch(file), BEAT_MS).unref();
  return {
    release: async () => {
      clearInterval(beat);
      if ((await read(file))?.id === own.id) await rm(file, { force: true });
    },
  };
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly id: string;
}

/** Sees whether the file that stands in the way still shows life. */
class HolderWatch {
  private beat = '';
  private seenMs = 0;

  constructor(
    private readonly file: string,
    private readonly staleMs: number,
  ) {}

  async look(): Promise<Holder | undefined> {
    const holder = await read(this.file);
    if (holder === undefined) return undefined;
    const beat = `${holder.id} ${await modified(this.file)}`;
    if (beat !== this.beat) this.seenMs = performance.now();
    this.beat = beat;
    return holder;
  }

  get isGone(): boolean {
    return performance.now() - this.seenMs > this.staleMs;
  }
}

async function create(file: string, own: Holder): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(JSON.stringify(own));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two waiters may see the same dead holder: the file is moved aside first, and put back if it is another's by now. */
async function clear(file: string, gone: Holder): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return; // Another waiter was faster.
  }
  if ((await read(aside))?.id === gone.id) await rm(aside);
  else await rename(aside, file);
}

/** Its file is empty for a moment before its first line, and stays damaged where its machine failed then: it shows its life all the same. */
const UNKNOWN: Holder = { host: '', pid: 0, id: '' };

async function read(file: string): Promise<Holder | undefined> {
  try {
    return { ...UNKNOWN, ...parsed(await readFile(file, 'utf8')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parsed(text: string): Partial<Holder> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

async function modified(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined); // The next beat will do.
}
