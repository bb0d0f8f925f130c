import type { PriorityClass } from '#libs/admission';
import type { RequestShare } from './batch-scorer.js';
import type { Share } from './batch.js';
import type { Engines } from './engine-choice.js';

export interface ScoreRequest {
  /** Token ids that come before every document: [head, query]. */
  readonly prefix: readonly Int32Array[];
  /** Token ids of each document, suffix included. */
  readonly documents: readonly Int32Array[];
  /** Token ids that come after every document, where they hold the query: each document is kept, and its tail is scored. */
  readonly tail?: Int32Array | undefined;
  /** Its documents are computed with those of no other request; absent: with those of others. */
  readonly alone?: boolean | undefined;
  /** The caller's name for the request, for what is said about a batch that failed. */
  readonly name?: string | undefined;
}

export interface RequestScores {
  /** The raw score of each document, in the order of the request. */
  readonly logits: Float32Array;
  /** From the request's arrival until its first batch was sent. */
  readonly queueSeconds: number;
  /** Sum over the batches the request was in. */
  readonly computeSeconds: number;
}

/** A request between its arrival and its answer. */
export class ActiveRequest {
  readonly scores: Promise<RequestScores>;
  /** Tokens of each document with its tail, and of the query with the first; the head is nearly always on the device already. */
  readonly costs: readonly number[];
  /** Tokens that are not on their way to the engine. */
  queuedTokens: number;
  private batchesInFlight = 0;
  private readonly logits: Float32Array;
  private unscored: number;
  private startedMs: number | undefined;
  private computeSeconds = 0;
  /** By engine that was sent the prefix: whether it was told that no more batches come. */
  private readonly toldLast = new Map<number, boolean>();
  private settled = false;
  private resolve!: (scores: RequestScores) => void;
  private reject!: (reason: unknown) => void;

  constructor(
    readonly requestId: number,
    readonly priorityClass: PriorityClass,
    private readonly request: ScoreRequest,
    private readonly arrivedMs: number,
  ) {
    const { documents, prefix, tail } = request;
    const queryTokens = tail === undefined ? (prefix.at(-1)?.length ?? 0) : 0;
    const tailTokens = tail?.length ?? 0;
    this.costs = documents.map((ids, index) => ids.length + tailTokens + (index === 0 ? queryTokens : 0));
    this.logits = new Float32Array(documents.length);
    this.queuedTokens = this.costs.reduce((tokens, cost) => tokens + cost, 0);
    this.unscored = documents.length;
    this.scores = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** The engines that were sent the prefix. */
  get engines(): Engines {
    return this.toldLast;
  }

  /** Those of them that still hold it for this request. */
  get holders(): readonly number[] {
    return [...this.toldLast].filter(([, told]) => !told).map(([engine]) => engine);
  }

  /** The engine ended, and what it held with it. */
  engineEnded(engine: number): void {
    this.toldLast.delete(engine);
  }

  get alone(): boolean {
    return this.request.alone === true;
  }

  get name(): string {
    return this.request.name ?? String(this.requestId);
  }

  get isSettled(): boolean {
    return this.settled;
  }

  /** Settled, and nothing of it is in flight: only then may the engines drop its prefix. */
  get isOver(): boolean {
    return this.settled && this.batchesInFlight === 0;
  }

  share({ from, to }: Share, engine: number, nowMs: number): RequestShare {
    const { prefix, documents, tail } = this.request;
    this.startedMs ??= nowMs;
    this.batchesInFlight += 1;
    const last = to === documents.length;
    this.toldLast.set(engine, last);
    return { requestId: this.requestId, prefix, documents: documents.slice(from, to), tail, last };
  }

  /** Its share of a batch came back, with scores or without. */
  cameBack(): void {
    this.batchesInFlight -= 1;
  }

  /** Takes the scores of documents [from, ...); the last ones settle the request. */
  receive(from: number, logits: Float32Array, seconds: number): void {
    this.logits.set(logits, from);
    this.unscored -= logits.length;
    this.computeSeconds += seconds;
    if (this.unscored > 0) return;
    this.settled = true;
    const queueSeconds = (this.startedMs! - this.arrivedMs) / 1000;
    this.resolve({ logits: this.logits, queueSeconds, computeSeconds: this.computeSeconds });
  }

  fail(reason: unknown): void {
    this.settled = true;
    this.reject(reason);
  }
}
