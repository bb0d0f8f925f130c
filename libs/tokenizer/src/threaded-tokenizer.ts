import type { Permit } from '#libs/admission';
import { EncodeJob, type Slice } from './encode-job.js';
import { TokenizerError } from './errors.js';
import type { PromptConstants } from './prompt-constants.js';
import { Pieces } from './pieces.js';
import { SliceQueue } from './slice-queue.js';
import { partsOf } from './text-parts.js';
import type { EncodeOptions, Tokenizers } from './token-encoder.js';
import type { LoadedTokenizer, TokenizerSource } from './tokenizer-protocol.js';
import { TokenizerThread } from './tokenizer-thread.js';

interface Work extends Pick<Permit, 'priorityClass'> {
  readonly signal: AbortSignal | undefined;
  readonly spans: boolean;
}

/**
 * Tokenises in a worker thread, so that the event loop does not wait for ids; the tokenizer itself uses all cores. Long jobs are cut
 * into slices that take turns; a thread that dies rejects what it worked on and is replaced.
 */
export class ThreadedTokenizer implements Tokenizers {
  private readonly queue = new SliceQueue();
  /** Loaded or not; absent when it ended. */
  private thread: TokenizerThread | undefined;
  /** Set once, when the first thread is loaded. */
  private known: LoadedTokenizer | undefined;
  private closed = false;

  private constructor(private readonly source: TokenizerSource) {}

  /** Resolves when the tokenizer is loaded; rejects with a TokenizerError when it cannot be. */
  static async start(source: TokenizerSource): Promise<ThreadedTokenizer> {
    const tokenizer = new ThreadedTokenizer(source);
    await tokenizer.startThread();
    return tokenizer;
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

  /** Stops the thread; what still waits or runs rejects. */
  async close(): Promise<void> {
    this.closed = true;
    this.queue.failAll(closedError());
    await this.thread?.stop();
  }

  private async work(texts: readonly string[], { signal, priorityClass, spans }: Work): Promise<Int32Array[]> {
    signal?.throwIfAborted();
    if (this.closed) throw closedError();
    if (texts.length === 0) return [];
    const job = new EncodeJob(texts, { spans, partsOf: this.known?.isPartable ? (text) => partsOf(text) : undefined });
    const abort = () => this.queue.fail(job, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.queue.add(job, priorityClass);
    if (this.thread === undefined) this.replaceLostThread();
    this.dispatch();
    try {
      return await job.result;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private async startThread(): Promise<void> {
    const thread = new TokenizerThread(this.source);
    this.thread = thread;
    void thread.ended.then((reason) => this.onThreadEnd(thread.isLoaded, reason)); // never rejects
    const known = await thread.ready;
    this.known ??= known;
    this.dispatch();
  }

  private onThreadEnd(wasLoaded: boolean, reason: TokenizerError): void {
    this.thread = undefined;
    // One that died while loading would die again: it is tried again with the next job, not in a loop.
    if (wasLoaded && !this.closed) this.replaceLostThread();
    else this.queue.failAll(reason);
  }

  private replaceLostThread(): void {
    this.startThread().catch(() => undefined); // onThreadEnd tells those who wait
  }

  /** Hands slices to the thread until the queue or its room is used up. */
  private dispatch(): void {
    while (this.thread?.isFree === true) {
      const slice = this.queue.next();
      if (slice === undefined) return;
      void this.run(slice, this.thread); // settles the slice's job, never rejects
    }
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
