import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ClientGoneError } from '../shared/client-abort.js';
import type { GrowingBytes } from './growing-bytes.js';
import { JsonFault } from './json-fault.js';
import { addItems, type Items, type Outline } from './json-pieces.js';
import type { FromJsonWorker } from './json-worker.js';

/** A thread that parsed more than this ends: it would keep several times as much. */
const MOST_PARSED_BYTES = 4_194_304;

/**
 * Parses large bodies in a thread of its own, started with the first one: a parse of 30 MB here would hold everybody up. One after
 * the other, so that what one took is given back before the next takes as much.
 */
export class JsonThread {
  private worker: Worker | undefined;
  /** Rejects when the worker has ended. */
  private ended: Promise<never> | undefined;
  private parsedBytes = 0;
  private isClosed = false;
  private before: Promise<unknown> = Promise.resolve();

  /**
   * Takes the bytes away when their turn comes. Rejects with a JsonFault, with a ClientGoneError where they are gone by then, or with
   * the error that ended the thread; the next call starts another.
   */
  parse(received: Pick<GrowingBytes, 'take'>): Promise<unknown> {
    const parsed = this.before.then(() => this.parseNext(received.take()));
    this.before = parsed.catch(() => undefined).then(() => this.retire()); // Its fault is told to its own caller.
    return parsed;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.worker?.terminate();
  }

  private async parseNext(bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
    if (this.isClosed) throw new Error('the thread that parses bodies is closed');
    if (bytes.length === 0) throw new ClientGoneError('the client hung up');
    const worker = (this.worker ??= this.start());
    this.parsedBytes += bytes.length;
    const outline = (await this.ask(worker, bytes)) as Outline;
    while (outline.lists.length > 0) {
      await nextTurn();
      const items = (await this.ask(worker)) as Items | undefined;
      if (items === undefined) break;
      addItems(outline, items);
    }
    return outline.value;
  }

  private async ask(worker: Worker, bytes?: Uint8Array<ArrayBuffer>): Promise<Outline | Items | undefined> {
    const answered = once(worker, 'message') as Promise<[FromJsonWorker]>; // rejects with the thread's error
    worker.postMessage(bytes, bytes === undefined ? [] : [bytes.buffer]);
    const [answer] = await Promise.race([answered, this.ended!]);
    if ('fault' in answer) throw new JsonFault(answer.fault);
    return answer.piece;
  }

  private start(): Worker {
    const worker = new Worker(new URL('./json-worker.js', import.meta.url), { name: 'json' });
    worker.once('exit', () => (this.worker = undefined));
    this.ended = endOf(worker);
    this.ended.catch(() => undefined); // Told to those who wait.
    worker.unref();
    return worker;
  }

  private async retire(): Promise<void> {
    if (this.parsedBytes <= MOST_PARSED_BYTES) return;
    this.parsedBytes = 0;
    await this.worker?.terminate();
  }
}

async function endOf(worker: Worker): Promise<never> {
  await once(worker, 'exit');
  throw new Error('the thread that parses bodies ended');
}
