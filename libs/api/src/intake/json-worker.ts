import { readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parentPort } from 'node:worker_threads';
import { JsonFault } from './json-fault.js';
import { parseJson } from './parse-json.js';

export type FromJsonWorker = { readonly value: unknown } | { readonly fault: string };

const NICE = 10;

const port = parentPort!;

letOthersGoFirst();

port.on('message', (bytes: Uint8Array) => port.postMessage(answerTo(bytes)));

function answerTo(bytes: Uint8Array): FromJsonWorker {
  try {
    return { value: parseJson(bytes) };
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
