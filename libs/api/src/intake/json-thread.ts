import { Worker } from 'node:worker_threads';
import { JsonFault } from './json-fault.js';
import type { FromJsonWorker, ToJsonWorker } from './json-worker.js';

/** A thread that parsed more than this ends when nothing waits: it would keep several times as much. */
const MOST_PARSED_BYTES = 4_194_304;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Parses large bodies in a thread of its own, started with the first one: a parse of 30 MB here would hold everybody up. */
export class JsonThread {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private isClosed = false;
  private parsedBytes = 0;

  /** Takes the bytes away. Rejects with a JsonFault, or with the error that ended the thread; the next call starts another. */
  parse(bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
    if (this.isClosed) return Promise.reject(new Error('the thread that parses bodies is closed'));
    const worker = (this.worker ??= this.start());
    const id = this.nextId++;
    this.parsedBytes += bytes.length;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      worker.postMessage({ id, bytes } satisfies ToJsonWorker, [bytes.buffer]);
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(new URL('./json-worker.js', import.meta.url), { name: 'json' });
    let reason: Error | undefined;
    worker.on('error', (error) => (reason = error));
    worker.once('exit', () => this.ended(reason ?? new Error('the thread that parses bodies ended')));
    worker.on('message', (answer: FromJsonWorker) => this.settle(answer));
    worker.unref();
    return worker;
  }

  private settle(answer: FromJsonWorker): void {
    const { resolve, reject } = this.pending.get(answer.id)!;
    this.pending.delete(answer.id);
    if ('fault' in answer) reject(new JsonFault(answer.fault));
    else resolve(answer.value);
    if (this.pending.size === 0 && this.parsedBytes > MOST_PARSED_BYTES) this.retire();
  }

  /** The next body starts another one. */
  private retire(): void {
    void this.worker?.removeAllListeners('exit').terminate();
    this.worker = undefined;
    this.parsedBytes = 0;
  }

  private ended(reason: Error): void {
    this.worker = undefined;
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
  }
}
