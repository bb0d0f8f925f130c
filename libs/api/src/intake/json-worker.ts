import { readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parentPort } from 'node:worker_threads';
import { JsonFault } from './json-fault.js';
import { cut, type Items, type Outline } from './json-pieces.js';
import { parseJson } from './parse-json.js';

/** An absent piece: that was the last one. */
export type FromJsonWorker = { readonly piece: Outline | Items | undefined } | { readonly fault: string };

const NICE = 10;

const port = parentPort!;

letOthersGoFirst();

/** Of the body that came last. */
let pieces: Iterator<Outline | Items, undefined>;

// A body to parse, or without one: what comes next of the last one.
port.on('message', (bytes: Uint8Array | undefined) => port.postMessage(answerTo(bytes)));

function answerTo(bytes: Uint8Array | undefined): FromJsonWorker {
  try {
    if (bytes !== undefined) pieces = cut(parseJson(bytes), bytes.length);
    return { piece: pieces.next().value };
  } catch (error) {
    if (error instanceof JsonFault) return { fault: error.message };
    throw error;
  }
}

/** Where there is one core for all, a parse of 30 MB must not keep the thread waiting that answers. Linux has priorities of threads. */
function letOthersGoFirst(): void {
  try {
    os.setPriority(Number(path.basename(readlinkSync('/proc/thread-self'))), NICE);
  } catch {
    // Elsewhere all threads are equal.
  }
}
