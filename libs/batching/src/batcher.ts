import { ActiveRequest, type RequestScores, type ScoreRequest } from './active-request.js';
import type { BatchObserver } from './batch-observer.js';
import { planBatch, type BatchPlan, type WaitingRequest } from './batch-planner.js';
import type { BatchScorer, BatchScores } from './batch-scorer.js';
import { DrainRate } from './drain-rate.js';
import { QueueFullError, ShuttingDownError } from './errors.js';

// One batch is prepared while one runs; a deeper queue only adds latency before cancellation can act.
const BATCHES_IN_FLIGHT = 2;

export interface BatcherOptions {
  /** Most documents in a batch; absent: no cap. */
  readonly maxBatchDocuments?: number;
  readonly maxConcurrentRequests: number;
  /** Most waiting tokens; absent: what drains within `maxQueueSeconds` at the measured rate. */
  readonly maxQueuedTokens?: number;
  readonly maxQueueSeconds: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

export interface BatchBudget {
  readonly maxBatchTokens: number;
  readonly tokensPerSecond: number;
}

/**
 * Continuous batching without an idle wait: a free engine gets the next batch at once, while it runs the next one is
 * prepared. Starts paused; `resume` brings the engine's budget.
 */
export class Batcher {
  private readonly active = new Map<number, ActiveRequest>();
  private waiting: readonly WaitingRequest[] = [];
  private queuedTokens = 0;
  private inFlight = 0;
  private nextRequestId = 1;
  private budget: BatchBudget | undefined;
  private readonly rate = new DrainRate();
  private drained: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly scorer: BatchScorer,
    private readonly options: BatcherOptions,
    private readonly observer: BatchObserver,
  ) {}

  /** The engine is ready for batches of this size. */
  resume(budget: BatchBudget): void {
    this.budget = budget;
    this.rate.reset(budget.tokensPerSecond);
    this.pump();
  }

  /** The engine takes no batches; what is queued waits. */
  pause(): void {
    this.budget = undefined;
  }

  /**
   * Scores the documents of a request. Rejects with QueueFullError or ShuttingDownError at the door, with the signal's
   * reason when it aborts (what waits leaves the queue at once), and with the scorer's error when a batch fails.
   */
  async submit(request: ScoreRequest, signal: AbortSignal): Promise<RequestScores> {
    signal.throwIfAborted();
    if (this.closed) throw new ShuttingDownError('the server takes no new requests');
    const active = new ActiveRequest(this.nextRequestId, request, this.options.now());
    this.admit(active);
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

  /** Takes nothing new; resolves when everything that was accepted is answered. */
  drain(): Promise<void> {
    this.closed = true;
    return new Promise((resolve) => {
      this.drained = resolve;
      this.announce();
    });
  }

  private admit({ costs }: ActiveRequest): void {
    if (this.active.size >= this.options.maxConcurrentRequests) this.refuse('concurrent_requests');
    const tokens = sum(costs);
    // An empty queue takes a request of any size: one that is larger than the bound must not be refused for ever.
    if (this.queuedTokens > 0 && this.queuedTokens + tokens > this.maxQueuedTokens()) this.refuse('queued_tokens');
  }

  private refuse(reason: 'queued_tokens' | 'concurrent_requests'): never {
    this.observer.rejected(reason);
    throw new QueueFullError(reason, this.rate.secondsFor(this.queuedTokens));
  }

  private maxQueuedTokens(): number {
    return this.options.maxQueuedTokens ?? this.rate.tokensIn(this.options.maxQueueSeconds);
  }

  private enqueue({ requestId, costs }: ActiveRequest): void {
    this.waiting = [...this.waiting, { requestId, costs, next: 0, deficit: 0, interrupted: false }];
    this.queuedTokens += sum(costs);
    this.announce();
  }

  private pump(): void {
    while (this.budget !== undefined && this.inFlight < BATCHES_IN_FLIGHT && this.waiting.length > 0) {
      void this.run(this.nextPlan(this.budget), this.budget.maxBatchTokens); // never rejects
    }
  }

  private nextPlan({ maxBatchTokens }: BatchBudget): BatchPlan {
    const documents = this.options.maxBatchDocuments ?? Infinity;
    const plan = planBatch(this.waiting, { tokens: maxBatchTokens, documents });
    this.waiting = plan.waiting;
    this.queuedTokens -= plan.tokens;
    return plan;
  }

  private async run(plan: BatchPlan, tokenBudget: number): Promise<void> {
    this.inFlight += 1;
    const nowMs = this.options.now();
    const shares = plan.shares.map((share) => this.active.get(share.requestId)!.share(share, nowMs));
    this.announce();
    try {
      const scores = await this.scorer.score({ shares });
      this.deliver(plan, scores);
      this.report(plan, scores, tokenBudget);
    } catch (error) {
      this.observer.batchFailed();
      for (const { requestId } of plan.shares) this.failBatch(requestId, error);
    }
    this.inFlight -= 1;
    this.announce();
    this.pump();
  }

  private deliver({ shares }: BatchPlan, { logits, computeSeconds }: BatchScores): void {
    let offset = 0;
    for (const { requestId, from, to } of shares) {
      const part = logits.subarray(offset, offset + to - from);
      offset += to - from;
      const request = this.active.get(requestId)!;
      request.batchesInFlight -= 1;
      if (!request.isSettled) request.receive(from, part, computeSeconds);
      this.forget(request);
    }
  }

  private report({ shares, tokens }: BatchPlan, scores: BatchScores, tokenBudget: number): void {
    this.rate.add(tokens, scores.computeSeconds);
    this.observer.batchFinished({
      requests: shares.length,
      documents: scores.logits.length,
      tokens,
      tokenBudget,
      computedTokens: scores.computedTokens,
      sharedTokens: scores.sharedTokens,
      seconds: scores.computeSeconds,
    });
  }

  /** Where a policy of retrying would stand: today every request of a failed batch fails with it. */
  private failBatch(requestId: number, error: unknown): void {
    const request = this.active.get(requestId)!;
    request.batchesInFlight -= 1;
    if (!request.isSettled) this.drop(request, error);
    this.forget(request);
  }

  private cancel(request: ActiveRequest, reason: unknown): void {
    this.observer.cancelled();
    this.drop(request, reason);
    this.forget(request);
  }

  /** Takes what waits out of the queue and rejects. */
  private drop(request: ActiveRequest, reason: unknown): void {
    const place = this.waiting.find(({ requestId }) => requestId === request.requestId);
    if (place !== undefined) {
      this.waiting = this.waiting.filter((other) => other !== place);
      this.queuedTokens -= sum(place.costs.slice(place.next));
    }
    request.fail(reason);
    this.announce();
  }

  /** A request is over when it is settled and nothing of it is in flight: only then may the engine drop its prefix. */
  private forget(request: ActiveRequest): void {
    if (!request.isSettled || request.batchesInFlight > 0) return;
    if (request.holdsPrefix) this.scorer.release(request.requestId);
    this.active.delete(request.requestId);
    this.announce();
  }

  private announce(): void {
    this.observer.queueChanged({ tokens: this.queuedTokens, requests: this.active.size });
    if (this.active.size === 0) this.drained?.();
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
