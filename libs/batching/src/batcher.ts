import type { Permit, PriorityClass, QueueState } from '#libs/admission';
import { ActiveRequest, type RequestScores, type ScoreRequest } from './active-request.js';
import type { BatchObserver } from './batch-observer.js';
import { recover } from './batch-recovery.js';
import type { BatchScorer, BatchScores } from './batch-scorer.js';
import type { BatchBudget } from './batch-size.js';
import { finishedBatch, onlyShares, tokensOf, type Batch } from './batch.js';
import type { Moment } from './batches-in-flight.js';
import { EngineLanes } from './engine-lanes.js';
import { BatchInterruptedError } from './errors.js';
import { Queue, type NextBatch } from './queue.js';

export interface BatcherOptions {
  /** Most documents in a batch; absent: no cap. */
  readonly maxBatchDocuments?: number;
  /** Most waiting tokens; absent: what drains within `maxQueueSeconds` at the measured rate. */
  readonly maxQueuedTokens?: number;
  readonly maxQueueSeconds: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** How many engines there are; absent: one. */
  readonly engines?: number;
}

/**
 * Continuous batching without an idle wait: a free engine gets a batch at once, and the next one before that is done. Starts
 * paused; `resume` brings an engine.
 */
export class Batcher {
  private readonly active = new Set<ActiveRequest>();
  private readonly waiting = new Queue();
  private readonly lanes: EngineLanes;
  private coming: () => PriorityClass | undefined = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private nextRequestId = 1;

  constructor(
    private readonly options: BatcherOptions,
    private readonly observer: BatchObserver,
  ) {
    this.lanes = new EngineLanes(options.engines ?? 1);
  }

  /** The engine with this number is ready for batches of this size; one that ended comes back as another scorer. */
  resume(scorer: BatchScorer, budget: BatchBudget, engine = 0): void {
    this.lanes.resume(engine, scorer, budget);
    this.pump();
  }

  /** Asks this for the highest class of which documents will wait soon; undefined where none will. */
  foresee(coming: () => PriorityClass | undefined): void {
    this.coming = coming;
  }

  /** Batches of more tokens do not fit the engine's memory. */
  shrink(maxBatchTokens: number, engine = 0): void {
    this.lanes.shrink(engine, maxBatchTokens);
  }

  /** The engine ended and takes no batches; what is queued waits, for it or for another one. */
  pause(engine = 0): void {
    this.lanes.pause(engine);
    for (const request of this.active) request.engineEnded(engine);
  }

  /**
   * Scores the documents of a request that was let in. Rejects with the reason when the permit's signal aborts (what waits leaves
   * the queue at once), and with the scorer's error when a batch fails. Refuses nothing: that is Admission's part.
   */
  async submit(request: ScoreRequest, { signal, priorityClass }: Permit): Promise<RequestScores> {
    signal.throwIfAborted();
    const active = new ActiveRequest(this.nextRequestId, priorityClass, request, this.options.now());
    this.nextRequestId += 1;
    this.active.add(active);
    this.waiting.add(active);
    this.announce();
    const abort = () => this.cancel(active, signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.pump();
    try {
      return await active.scores;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get queue(): QueueState {
    return {
      waiting: [...this.active],
      maxQueuedTokens: this.maxQueuedTokens,
      secondsFor: (tokens) => this.lanes.secondsFor(tokens),
    };
  }

  /** A bound in seconds is one on the time until a request's turn: what is left of the batches in flight counts. */
  private get maxQueuedTokens(): number {
    const { maxQueuedTokens, maxQueueSeconds, now } = this.options;
    return maxQueuedTokens ?? this.lanes.tokensIn(maxQueueSeconds, now());
  }

  /** What is of a higher class than all that waits is sent next, and does not find a batch ahead of it. */
  private get moment(): Moment {
    const coming = this.coming();
    const ahead = coming === undefined || this.waiting.hasFrom(coming);
    return { nowMs: this.options.now(), ahead };
  }

  /** Plans batches as long as an engine is due for one; each runs and is delivered by itself. */
  private pump(): void {
    for (let next = this.plan(); next !== undefined; next = this.plan()) void this.serve(next);
    this.comeBackWhenDue();
  }

  /** Never rejects. A batch that is done makes room for the next one. */
  private async serve(next: NextBatch): Promise<void> {
    try {
      this.deliver(next, await this.run(next));
    } catch (error) {
      this.recover(next.batch, error);
    }
    this.lanes.cameBack(next.engine, next.batch, this.options.now());
    for (const { request } of next.batch.shares) {
      request.cameBack();
      this.forget(request);
    }
    this.announce();
    this.pump();
  }

  private plan(): NextBatch | undefined {
    const documents = this.options.maxBatchDocuments ?? Infinity;
    return this.waiting.next(this.lanes.due(this.moment), (engine) => {
      return { tokens: this.lanes.batchTokensOf(engine), documents };
    });
  }

  private run({ batch, engine }: NextBatch): Promise<BatchScores> {
    const nowMs = this.options.now();
    this.lanes.sent(engine, batch, nowMs);
    const shares = batch.shares.map((share) => share.request.share(share, engine, nowMs));
    this.announce();
    return this.lanes.scorerOf(engine).score({ shares });
  }

  private deliver({ batch, engine, tokenBudget }: NextBatch, scores: BatchScores): void {
    let offset = 0;
    for (const { request, from, to } of batch.shares) {
      const part = scores.logits.subarray(offset, offset + to - from);
      offset += to - from;
      if (!request.isSettled) request.receive(from, part, scores.computeSeconds);
    }
    this.lanes.measured(engine, tokensOf(batch), scores.computeSeconds);
    this.observer.batchFinished(finishedBatch(batch, scores, tokenBudget));
  }

  /** Puts a batch whose engine ended back for the next one; fails it for another error, or when it has ended two. */
  private recover(batch: Batch, error: unknown): void {
    const again = error instanceof BatchInterruptedError ? recover(batch, error.begun) : undefined;
    if (again === undefined) {
      this.failBatch(batch, error);
      return;
    }
    this.observer.batchInterrupted();
    this.waiting.putBack(onlyShares(again, ({ request }) => !request.isSettled));
  }

  private failBatch({ shares }: Batch, error: unknown): void {
    this.observer.batchFailed({ requests: shares.map(({ request }) => request.name), error });
    for (const { request } of shares) if (!request.isSettled) this.drop(request, error);
  }

  private comeBackWhenDue(): void {
    if (!this.waiting.waitsForTime) return;
    const waitMs = this.lanes.msUntilDue(this.moment);
    if (waitMs === Infinity) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), waitMs);
  }

  private cancel(request: ActiveRequest, reason: unknown): void {
    this.observer.cancelled();
    this.drop(request, reason);
    this.forget(request);
  }

  /** Takes what waits out of the queue and rejects. */
  private drop(request: ActiveRequest, reason: unknown): void {
    this.waiting.drop(request);
    request.fail(reason);
    this.announce();
  }

  private forget(request: ActiveRequest): void {
    if (!request.isOver) return;
    for (const engine of request.holders) this.lanes.scorerOf(engine).release(request.requestId);
    this.active.delete(request);
    this.announce();
  }

  private announce(): void {
    const { tokens } = this.waiting;
    this.observer.queueChanged({
      tokens,
      requests: this.active.size,
      drainSeconds: this.lanes.exactSecondsFor(tokens),
    });
  }
}
