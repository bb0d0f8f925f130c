import { Worker } from 'node:worker_threads';
import { TokenizerError } from './errors.js';
import type { PackedIds } from './packed-ids.js';
import type { FromTokenizerWorker, LoadedTokenizer, TokenizerSource, ToTokenizerWorker } from './tokenizer-protocol.js';

/** One is encoded while the ids of the other are read, and a huge text leaves a way past it. */
const SLICES_AT_ONCE = 2;

interface PendingSlice {
  resolve(packed: PackedIds): void;
  reject(error: Error): void;
}

/** One worker thread with its own tokenizer. When it ends, for whatever reason, everything it had pending rejects. */
export class TokenizerThread {
  /** Resolves once the tokenizer is loaded; rejects with a TokenizerError when it cannot be. */
  readonly ready: Promise<LoadedTokenizer>;
  /** Resolves with the reason when the thread is gone. */
  readonly ended: Promise<TokenizerError>;
  isLoaded = false;
  private readonly worker: Worker;
  private readonly pending = new Map<number, PendingSlice>();
  private nextSliceId = 0;
  private failure: TokenizerError | undefined;

  constructor(data: TokenizerSource) {
    const worker = new Worker(new URL('./tokenizer-worker.js', import.meta.url), {
      workerData: data,
      name: 'tokenizer',
    });
    this.worker = worker;
    worker.on('error', (error: unknown) => {
      // The class does not survive the way between threads, the message does.
      this.failure ??= new TokenizerError(error instanceof Error ? error.message : String(error), { cause: error });
    });
    this.ended = new Promise((resolve) => {
      worker.once('exit', () => {
        this.rejectPending();
        resolve(this.whyEnded());
      });
    });
    this.ready = new Promise((resolve, reject) => {
      worker.once('exit', () => reject(this.whyEnded()));
      worker.on('message', (message: FromTokenizerWorker) => {
        if (message.kind !== 'ready') return this.settle(message);
        this.isLoaded = true;
        resolve(message.loaded);
      });
    });
  }

  /** It has room for a slice. */
  get isFree(): boolean {
    return this.isLoaded && this.failure === undefined && this.pending.size < SLICES_AT_ONCE;
  }

  encode(texts: readonly string[], spans: boolean): Promise<PackedIds> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const sliceId = this.nextSliceId++;
    return new Promise((resolve, reject) => {
      this.pending.set(sliceId, { resolve, reject });
      this.worker.postMessage({ sliceId, texts, spans } satisfies ToTokenizerWorker);
    });
  }

  async stop(): Promise<void> {
    this.failure ??= new TokenizerError('the tokenizer is closed');
    await this.worker.terminate();
  }

  private settle(message: Exclude<FromTokenizerWorker, { kind: 'ready' }>): void {
    const slice = this.pending.get(message.sliceId);
    this.pending.delete(message.sliceId);
    if (message.kind === 'encoded') slice?.resolve(message.packed);
    else slice?.reject(new TokenizerError(`the tokenizer failed: ${message.reason}`));
  }

  private rejectPending(): void {
    for (const slice of this.pending.values()) slice.reject(this.whyEnded());
    this.pending.clear();
  }

  private whyEnded(): TokenizerError {
    this.failure ??= new TokenizerError('a tokenizer thread ended unexpectedly; send the request again');
    return this.failure;
  }
}
