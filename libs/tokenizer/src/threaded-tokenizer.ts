import type { Permit } from '#libs/admission';
import { EncodeJob } from './encode-job.js';
import { TokenizerError } from './errors.js';
import type { PromptConstants } from './prompt-constants.js';
import { Pieces } from './pieces.js';
import { SliceQueue } from './slice-queue.js';
import { partsOf } from './text-parts.js';
import type { EncodeOptions, Tokenizers } from './token-encoder.js';
import type { LoadedTokenizer, TokenizerSource } from './tokenizer-protocol.js';
import { TokenizerThread } from './tokenizer-thread.js';

type ReadPieces<Read> = (text: string, parts: readonly Int32Array[]) => Read;

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
    tokenizer.known = await tokenizer.startThread().ready;
    return tokenizer;
  }

  get constants(): PromptConstants {
    return this.known!.constants;
  }

  encode(texts: readonly string[], permit: Permit, options?: EncodeOptions): Promise<Int32Array[]>;
  /** With what is read from the pieces of each text. */
  encode<Read>(texts: readonly string[], permit: Permit, options: { readonly read: ReadPieces<Read> }): Promise<Read[]>;
  async encode(
    texts: readonly string[],
    permit: Permit,
    { lasting = false, read }: EncodeOptions & { readonly read?: ReadPieces<unknown> } = {},
  ): Promise<unknown[]> {
    const signal = lasting ? new AbortController().signal : permit.signal;
    signal.throwIfAborted();
    if (this.closed) throw closedError();
    if (texts.length === 0) return [];
    const division = this.known!.isPartable ? (text: string) => partsOf(text) : undefined;
    const job = new EncodeJob(texts, { spans: read !== undefined, partsOf: division });
    const abort = () => this.queue.fail(job, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.queue.add(job, permit.priorityClass);
    (this.thread ?? this.startThread()).feed();
    try {
      const encoded = await job.result;
      return encoded.map((parts, index) => (read === undefined ? parts[0] : read(texts[index]!, parts)));
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  pieces(texts: readonly string[], permit: Permit): Promise<Pieces[]> {
    return this.encode(texts, permit, { read: (text, parts) => new Pieces(text, parts) });
  }

  /** Stops the thread; what still waits or runs rejects. */
  async close(): Promise<void> {
    this.closed = true;
    this.queue.failAll(closedError());
    await this.thread?.stop();
  }

  private startThread(): TokenizerThread {
    const thread = new TokenizerThread(this.source, this.queue);
    thread.ready.catch(() => undefined); // Those who wait are told when it has ended.
    void thread.ended.then((reason) => this.onThreadEnd(thread.isLoaded, reason)); // never rejects
    this.thread = thread;
    return thread;
  }

  private onThreadEnd(wasLoaded: boolean, reason: TokenizerError): void {
    this.thread = undefined;
    // One that died while loading would die again: it is tried again with the next job, not in a loop.
    if (wasLoaded && !this.closed) this.startThread();
    else this.queue.failAll(reason);
  }
}

function closedError(): TokenizerError {
  return new TokenizerError('the tokenizer is closed');
}
