import { Worker } from 'node:worker_threads';
import { TokenizerError } from './errors.js';
import type { PackedIds } from './packed-ids.js';
import type {
  FromTokenizerWorker,
  LoadedTokenizer,
  TokenizerWorkerData,
  ToTokenizerWorker,
} from './tokenizer-protocol.js';

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
  private readonly worker: Worker;
  private readonly pending = new Map<number, PendingSlice>();
  private nextSliceId = 0;
  private failure: TokenizerError | undefined;

  constructor(data: TokenizerWorkerData) {
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
        if (message.kind === 'ready') resolve(message.loaded);
        else this.settle(message);
      });
    });
  }

  get alive(): boolean {
    return this.failure === undefined;
  }

  /** Slices under way. */
  get load(): number {
    return this.pending.size;
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
