import { Worker } from 'node:worker_threads';
import type { Slice } from './encode-job.js';
import { TokenizerError } from './errors.js';
import type { SliceQueue } from './slice-queue.js';
import type { FromTokenizerWorker, LoadedTokenizer, TokenizerSource, ToTokenizerWorker } from './tokenizer-protocol.js';

/** One is encoded while the ids of the other are read, and a huge text leaves a way past it. */
const SLICES_AT_ONCE = 2;

/**
 * One worker thread with its own tokenizer, which takes slices from the queue as it has room for them. When it ends, for whatever
 * reason, the jobs that it worked on fail.
 */
export class TokenizerThread {
  /** Resolves once the tokenizer is loaded; rejects with a TokenizerError when it cannot be. */
  readonly ready: Promise<LoadedTokenizer>;
  /** Resolves with the reason when the thread is gone. */
  readonly ended: Promise<TokenizerError>;
  isLoaded = false;
  private readonly worker: Worker;
  private readonly slices = new Map<number, Slice>();
  private nextSliceId = 0;
  private failure: TokenizerError | undefined;

  constructor(
    workerData: TokenizerSource,
    private readonly queue: SliceQueue,
  ) {
    const worker = new Worker(new URL('./tokenizer-worker.js', import.meta.url), { workerData, name: 'tokenizer' });
    this.worker = worker;
    worker.on('error', (error: unknown) => {
      // The class does not survive the way between threads, the message does.
      this.failure ??= new TokenizerError(error instanceof Error ? error.message : String(error), { cause: error });
    });
    this.ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.failure ??= new TokenizerError('a tokenizer thread ended unexpectedly; send the request again');
        for (const { job } of this.slices.values()) queue.fail(job, this.failure);
        resolve(this.failure);
      });
    });
    this.ready = new Promise((resolve, reject) => {
      worker.once('exit', () => reject(this.failure!));
      worker.on('message', (message: FromTokenizerWorker) => {
        if (message.kind !== 'ready') return this.settle(message);
        this.isLoaded = true;
        resolve(message.loaded);
        this.feed();
      });
    });
  }

  /** Hands slices to the worker until the queue or its room is used up. */
  feed(): void {
    while (this.isLoaded && this.failure === undefined && this.slices.size < SLICES_AT_ONCE) {
      const slice = this.queue.next();
      if (slice === undefined) return;
      const sliceId = this.nextSliceId++;
      this.slices.set(sliceId, slice);
      this.worker.postMessage({ sliceId, texts: slice.texts, spans: slice.job.spans } satisfies ToTokenizerWorker);
    }
  }

  async stop(): Promise<void> {
    this.failure ??= new TokenizerError('the tokenizer is closed');
    await this.worker.terminate();
  }

  private settle(message: Exclude<FromTokenizerWorker, { kind: 'ready' }>): void {
    const slice = this.slices.get(message.sliceId)!;
    const settle = () => {
      this.slices.delete(message.sliceId);
      if (message.kind === 'encoded') slice.job.deliver(slice, message.packed);
      else this.queue.fail(slice.job, new TokenizerError(`the tokenizer failed: ${message.reason}`));
      this.feed();
    };
    // The last slices of long jobs are short, and what follows them is long: thirty would come in one turn of the event loop.
    if (slice.first > 0) setImmediate(settle);
    else settle();
  }
}
