import { close, constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Each write wakes a thread, so a write for each line would cost more than the line; bytes, milliseconds. */
const AT_LEAST_BYTES = 65_536;
const FLUSH_MS = 50;
/** What may wait for a reader that is slow; lines beyond it are dropped. */
const MOST_WAITING_BYTES = 1_048_576;

let droppedLines = 0;

/** Lines that no log output of this process could take. */
export function droppedLogLines(): number {
  return droppedLines;
}

/**
 * Writes lines to a descriptor and never stops the process for it: a full disk, a closed pipe and a reader that stalls cost lines,
 * which are counted, and a sentence on standard error.
 */
export class LogOutput implements DestinationStream {
  private readonly descriptor: number;
  private waiting: string[] = [];
  private waitingBytes = 0;
  /** What of the last write is not written yet. */
  private rest: Buffer | undefined;
  private isWriting = false;
  private hasFailed = false;
  /** A line was cut by a failure: the next one must not go on in it. */
  private isCut = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    descriptor: number,
    private readonly complain: (sentence: string) => void = sayOnStandardError,
  ) {
    this.descriptor = unblocking(descriptor);
  }

  write(line: string): void {
    if (this.waitingBytes >= MOST_WAITING_BYTES) {
      this.drop(1, 'its reader is too slow');
      return;
    }
    this.waiting.push(line);
    this.waitingBytes += line.length;
    if (this.waitingBytes >= AT_LEAST_BYTES) this.flush();
    else this.flushLater();
  }

  /** One try, for the end of the process. */
  flushSync(): void {
    if (this.isWriting) return;
    const buffer = this.take();
    if (buffer === undefined) return;
    try {
      writeSync(this.descriptor, buffer);
    } catch {
      // The process ends; there is nothing left to tell this to.
    }
  }

  private flushLater(): void {
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.isWriting) return;
    const buffer = this.take();
    if (buffer === undefined) return;
    this.isWriting = true;
    write(this.descriptor, buffer, (error, written) => {
      this.isWriting = false;
      if (error === null) this.wrote(buffer, written);
      else this.failed(error, buffer);
      if (error !== null) this.flushLater();
      else this.flush();
    });
  }

  private take(): Buffer | undefined {
    if (this.rest !== undefined) return this.rest;
    if (this.waiting.length === 0) return undefined;
    const text = this.waiting.join('');
    this.waiting = [];
    this.waitingBytes = 0;
    return Buffer.from(this.isCut ? `\n${text}` : text);
  }

  private wrote(buffer: Buffer, written: number): void {
    this.rest = written < buffer.length ? buffer.subarray(written) : undefined;
    this.isCut = this.rest !== undefined;
  }

  private failed(error: NodeJS.ErrnoException, buffer: Buffer): void {
    if (error.code === 'EAGAIN') {
      this.rest = buffer; // A reader that is slow: later.
      return;
    }
    this.rest = undefined;
    this.drop(buffer.toString('latin1').split('\n').length - 1, error.message);
  }

  private drop(lines: number, reason: string): void {
    droppedLines += lines;
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.complain(`log lines are dropped: ${reason}; the server goes on, rerank_log_lines_dropped_total counts them\n`);
  }
}

/** A pipe or a socket that is not read would block the thread that writes, and the end of the process with it. */
function unblocking(descriptor: number): number {
  try {
    const kind = fstatSync(descriptor);
    // Of journald, or of a parent in Node. It cannot be opened again, but Node's stream for it makes it unblocking once it is there.
    if (kind.isSocket()) void (descriptor === 2 ? process.stderr : process.stdout);
    if (!kind.isFIFO()) return descriptor;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return descriptor; // No /proc here, or the pipe is closed already: as it is.
  }
}

function sayOnStandardError(sentence: string): void {
  const descriptor = unblocking(2);
  // Where standard error fails as well, there is no place left.
  write(descriptor, sentence, () => {
    if (descriptor !== 2) close(descriptor);
  });
}
