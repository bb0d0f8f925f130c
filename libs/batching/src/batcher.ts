import type { Permit, PriorityClass, QueueState } from '#libs/admission';
import { ActiveRequest, type RequestScores, type ScoreRequest } from './active-request.js';
import { finishedBatch, type BatchObserver } from './batch-observer.js';
import { planBatch } from './batch-planner.js';
import { inOrder, isSuspect, onlyShares, recover, tokensOf, type PlannedBatch } from './batch-recovery.js';
import type { BatchScorer, BatchScores } from './batch-scorer.js';
import type { BatchBudget } from './batch-size.js';
import { chooseEngine, type EngineChoice } from './engine-choice.js';
import type { Moment } from './batches-in-flight.js';
import { EngineLanes } from './engine-lanes.js';
import { BatchInterruptedError } from './errors.js';
import { EMPTY_LINE, joined, left, type WaitingLine, type WaitingRequest } from './waiting-line.js';

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
  private readonly active = new Map<number, ActiveRequest>();
  private line: WaitingLine = EMPTY_LINE;
  /** Batches whose engine ended; they go first. */
  private interrupted: readonly PlannedBatch[] = [];
  private queuedTokens = 0;
  private readonly lanes: EngineLanes;
  private coming: () => PriorityClass | undefined = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private nextRequestId = 1;
  private nextSequence = 1;

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
    for (const request of this.active.values()) request.engineEnded(engine);
  }

  /**
   * Scores the documents of a request that was let in. Rejects with the reason when the permit's signal aborts (what waits leaves
   * the queue at once), and with the scorer's error when a batch fails. Refuses nothing: that is Admission's part.
   */
  async submit(request: ScoreRequest, { signal }: Permit): Promise<RequestScores> {
    signal.throwIfAborted();
    const active = new ActiveRequest(this.nextRequestId, request, this.options.now());
    this.nextRequestId += 1;
    this.active.set(active.requestId, active);
    this.enqueue(active);
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
      waiting: [...this.active.values()],
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
    const ahead = coming === undefined || this.line.requests.some(({ priorityClass }) => priorityClass <= coming);
    return { nowMs: this.options.now(), ahead };
  }

  private enqueue(request: ActiveRequest): void {
    this.line = joined(this.line, request);
    this.queuedTokens += request.queuedTokens;
    this.announce();
  }

  private pump(): void {
    for (let next = this.nextBatch(); next !== undefined; next = this.nextBatch()) {
      this.count(next.batch, -1);
      void this.run(next.batch, next.engine); // never rejects
    }
    this.comeBackWhenDue();
  }

  /** The next batch that is due, and for which engine. */
  private nextBatch(): { readonly batch: PlannedBatch; readonly engine: number } | undefined {
    const [again, ...others] = this.interrupted;
    const alone = again !== undefined && isSuspect(again);
    const due = this.lanes.due(this.moment).filter(({ tokensInFlight }) => !alone || tokensInFlight === 0);
    const choose = <Request extends { readonly requestId: number }>(requests: readonly Request[]) =>
      chooseEngine(due, requests, (requestId) => this.active.get(requestId)!.engines);
    if (again === undefined) {
      const choice = choose(this.line.requests);
      return choice && { batch: this.plan(choice), engine: choice.engine };
    }
    const choice = choose(again.shares);
    if (choice !== undefined) this.interrupted = others;
    return choice && { batch: again, engine: choice.engine };
  }

  private comeBackWhenDue(): void {
    const [again] = this.interrupted;
    if (again === undefined && this.line.requests.length === 0) return;
    // It waits for an idle engine, not for a time.
    if (again !== undefined && isSuspect(again)) return;
    const waitMs = this.lanes.msUntilDue(this.moment);
    if (waitMs === Infinity) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), waitMs);
  }

  private plan({ engine, served, others }: EngineChoice<WaitingRequest>): PlannedBatch {
    const documents = this.options.maxBatchDocuments ?? Infinity;
    const limits = { tokens: this.lanes.batchTokensOf(engine), documents };
    const { shares, line } = planBatch({ ...this.line, requests: served }, limits);
    this.line = { ...line, requests: [...others, ...line.requests] };
    const sequence = this.nextSequence;
    this.nextSequence += 1;
    return { sequence, shares, enginesEnded: 0 };
  }

  /** The batch's tokens come back to the queue (1) or leave it (-1). */
  private count({ shares }: PlannedBatch, sign: 1 | -1): void {
    for (const { requestId, tokens } of shares) {
      this.queuedTokens += sign * tokens;
      this.active.get(requestId)!.queuedTokens += sign * tokens;
    }
  }

  private async run(batch: PlannedBatch, engine: number): Promise<void> {
    const nowMs = this.options.now();
    const tokenBudget = this.lanes.batchTokensOf(engine);
    this.lanes.sent(engine, batch, nowMs);
    const shares = batch.shares.map((share) => this.active.get(share.requestId)!.share(share, engine, nowMs));
    this.announce();
    try {
      const scores = await this.lanes.scorerOf(engine).score({ shares });
      this.deliver(batch, scores);
      this.lanes.measured(engine, tokensOf(batch), scores.computeSeconds);
      this.observer.batchFinished(finishedBatch(batch, scores, tokenBudget));
    } catch (error) {
      if (error instanceof BatchInterruptedError) this.recover(batch, error);
      else this.failBatch(batch, error);
    }
    this.lanes.cameBack(engine, batch, this.options.now());
    this.announce();
    this.pump();
  }

  private deliver({ shares }: PlannedBatch, { logits, computeSeconds }: BatchScores): void {
    let offset = 0;
    for (const { requestId, from, to } of shares) {
      const part = logits.subarray(offset, offset + to - from);
      offset += to - from;
      const request = this.active.get(requestId)!;
      if (!request.isSettled) request.receive(from, part, computeSeconds);
      this.comeBack(requestId);
    }
  }

  /** Puts the batch back for the next engine, or fails it when it has ended two. */
  private recover(batch: PlannedBatch, error: BatchInterruptedError): void {
    const again = recover(batch, error.begun);
    if (again === undefined) {
      this.failBatch(batch, error);
      return;
    }
    this.observer.batchInterrupted();
    const alive = onlyShares(again, ({ requestId }) => !this.active.get(requestId)!.isSettled);
    this.interrupted = inOrder([...this.interrupted, ...alive]);
    for (const part of alive) this.count(part, 1);
    for (const { requestId } of batch.shares) this.comeBack(requestId);
  }

  private failBatch({ shares }: PlannedBatch, error: unknown): void {
    const requests = shares.map(({ requestId }) => this.active.get(requestId)!);
    this.observer.batchFailed({ requests: requests.map(({ name }) => name), error });
    for (const request of requests) {
      if (!request.isSettled) this.drop(request, error);
      this.comeBack(request.requestId);
    }
  }

  /** A batch of the request is no longer in flight. */
  private comeBack(requestId: number): void {
    const request = this.active.get(requestId)!;
    request.batchesInFlight -= 1;
    this.forget(request);
  }

  private cancel(request: ActiveRequest, reason: unknown): void {
    this.observer.cancelled();
    this.drop(request, reason);
    this.forget(request);
  }

  /** Takes what waits out of the queue and rejects. */
  private drop(request: ActiveRequest, reason: unknown): void {
    this.line = left(this.line, request.requestId);
    this.interrupted = onlyShares(this.interrupted, ({ requestId }) => requestId !== request.requestId);
    this.queuedTokens -= request.queuedTokens;
    request.queuedTokens = 0;
    request.fail(reason);
    this.announce();
  }

  /** A request is over when it is settled and nothing of it is in flight: only then may the engine drop its prefix. */
  private forget(request: ActiveRequest): void {
    if (!request.isSettled || request.batchesInFlight > 0) return;
    for (const engine of request.holders) this.lanes.scorerOf(engine).release(request.requestId);
    this.active.delete(request.requestId);
    this.announce();
  }

  private announce(): void {
    const tokens = this.queuedTokens;
    this.observer.queueChanged({
      tokens,
      requests: this.active.size,
      drainSeconds: this.lanes.exactSecondsFor(tokens),
    });
  }
}
