import { parentPort } from 'node:worker_threads';
import { JsonFault } from './json-fault.js';
import { parseJson } from './parse-json.js';

export interface ToJsonWorker {
  readonly id: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type FromJsonWorker =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: string };

const port = parentPort!;

port.on('message', ({ id, bytes }: ToJsonWorker) => {
  port.postMessage(answerTo(id, bytes));
});

function answerTo(id: number, bytes: Uint8Array): FromJsonWorker {
  try {
    return { id, value: parseJson(bytes) };
  } catch (error) {
    if (error instanceof JsonFault) return { id, fault: error.message };
    throw error;
  }
}
