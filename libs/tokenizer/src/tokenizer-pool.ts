import type { Permit } from '#libs/admission';
import { EncodeJob, type Slice } from './encode-job.js';
import { TokenizerError } from './errors.js';
import type { PromptConstants } from './prompt-constants.js';
import type { PromptFrame } from './prompt-parts.js';
import { Pieces } from './pieces.js';
import { SliceQueue } from './slice-queue.js';
import { partsOf } from './text-parts.js';
import type { EncodeOptions, Tokenizers } from './token-encoder.js';
import type { LoadedTokenizer } from './tokenizer-protocol.js';
import { TokenizerThread } from './tokenizer-thread.js';

export interface TokenizerPoolOptions {
  /** Checkpoint folder with `tokenizer.json`. */
  readonly folder: string;
  readonly frame: PromptFrame;
  /** Worker threads, each with its own tokenizer (160 MB for Qwen3's). One already encodes on all cores. */
  readonly threads?: number;
}

interface Work extends Pick<Permit, 'priorityClass'> {
  readonly signal: AbortSignal | undefined;
  readonly spans: boolean;
}

// Two slices per thread: one is encoded while the ids of the other are read, and a huge text leaves a way past it.
const SLICES_PER_THREAD = 2;

/**
 * Tokenises in worker threads, so that no event loop waits for ids. Long jobs are cut into slices that take turns;
 * a thread that dies rejects what it worked on and is replaced.
 */
export class TokenizerPool implements Tokenizers {
  private readonly queue = new SliceQueue();
  /** Every living thread, loaded or not. */
  private readonly threads = new Set<TokenizerThread>();
  private readonly loaded = new Set<TokenizerThread>();
  private closed = false;
  /** Set once, when the first thread is loaded. */
  private known: LoadedTokenizer | undefined;

  private constructor(
    private readonly options: TokenizerPoolOptions,
    private readonly threadCount: number,
  ) {}

  /** Resolves when every thread has loaded the tokenizer; rejects with a TokenizerError when one cannot. */
  static async start(options: TokenizerPoolOptions): Promise<TokenizerPool> {
    const pool = new TokenizerPool(options, options.threads ?? 1);
    try {
      await Promise.all(Array.from({ length: pool.threadCount }, () => pool.addThread()));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  get constants(): PromptConstants {
    return this.known!.constants;
  }

  encode(texts: readonly string[], permit: Permit, { lasting = false }: EncodeOptions = {}): Promise<Int32Array[]> {
    const { signal, priorityClass } = permit;
    return this.work(texts, { signal: lasting ? undefined : signal, priorityClass, spans: false });
  }

  async pieces(texts: readonly string[], { signal, priorityClass }: Permit): Promise<Pieces[]> {
    const numbers = await this.work(texts, { signal, priorityClass, spans: true });
    return texts.map((text, index) => new Pieces(text, numbers[index]!));
  }

  /** Stops the threads; what still waits or runs rejects. */
  async close(): Promise<void> {
    this.closed = true;
    this.queue.failAll(closedError());
    await Promise.all([...this.threads].map((thread) => thread.stop()));
  }

  private async work(texts: readonly string[], { signal, priorityClass, spans }: Work): Promise<Int32Array[]> {
    signal?.throwIfAborted();
    if (this.closed) throw closedError();
    if (texts.length === 0) return [];
    const job = new EncodeJob(texts, { spans, partsOf: this.known?.isPartable ? (text) => partsOf(text) : undefined });
    const abort = () => this.queue.fail(job, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.queue.add(job, priorityClass);
    this.replaceLostThreads();
    this.dispatch();
    try {
      return await job.result;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private async addThread(): Promise<void> {
    const thread = new TokenizerThread(this.options);
    this.threads.add(thread);
    void thread.ended.then((reason) => this.onThreadEnd(thread, reason)); // never rejects
    const known = await thread.ready;
    this.known ??= known;
    this.loaded.add(thread);
    this.dispatch();
  }

  private onThreadEnd(thread: TokenizerThread, reason: TokenizerError): void {
    this.threads.delete(thread);
    // A thread that died while loading would die again: it is tried again with the next job, not in a loop.
    if (this.loaded.delete(thread)) this.replaceLostThreads();
    if (this.threads.size === 0) this.queue.failAll(reason);
  }

  private replaceLostThreads(): void {
    if (this.closed) return;
    for (let count = this.threads.size; count < this.threadCount; count += 1) {
      this.addThread().catch(() => undefined); // onThreadEnd tells those who wait
    }
  }

  /** Hands slices to the threads with the least to do, until the queue or the room is used up. */
  private dispatch(): void {
    for (;;) {
      const thread = this.freeThread();
      const slice = thread && this.queue.next();
      if (slice === undefined) return;
      void this.run(slice, thread!); // settles the slice's job, never rejects
    }
  }

  private freeThread(): TokenizerThread | undefined {
    const free = [...this.loaded].filter((thread) => thread.alive && thread.load < SLICES_PER_THREAD);
    return free.toSorted((a, b) => a.load - b.load)[0];
  }

  private async run(slice: Slice, thread: TokenizerThread): Promise<void> {
    try {
      slice.job.deliver(slice, await thread.encode(slice.texts, slice.job.spans));
    } catch (error) {
      this.queue.fail(slice.job, error);
    }
    this.dispatch();
  }
}

function closedError(): TokenizerError {
  return new TokenizerError('the tokenizer is closed');
}
