import type { PriorityClass } from '#libs/admission';
import type { ActiveRequest } from './active-request.js';
import { planBatch, type BatchLimits } from './batch-planner.js';
import { isSuspect } from './batch-recovery.js';
import { inOrder, onlyShares, type Batch } from './batch.js';
import { chooseEngine, type DueEngine, type EngineChoice } from './engine-choice.js';
import { EMPTY_LINE, joined, left, type WaitingLine, type WaitingRequest } from './waiting-line.js';

export interface NextBatch {
  readonly batch: Batch;
  readonly engine: number;
  /** What the batch was to fill. */
  readonly tokenBudget: number;
}

/** What waits for an engine: documents in a line, and before them the batches whose engine ended. */
export class Queue {
  /** Of all that waits. */
  tokens = 0;
  private line: WaitingLine<ActiveRequest> = EMPTY_LINE;
  private interrupted: readonly Batch[] = [];
  private nextSequence = 1;

  /** It takes time until an engine is due for what waits. A suspect waits for an idle engine instead. */
  get waitsForTime(): boolean {
    const [again] = this.interrupted;
    return again === undefined ? this.line.requests.length > 0 : !isSuspect(again);
  }

  /** Documents of this class or of a higher one are in the line. */
  hasFrom(lowest: PriorityClass): boolean {
    return this.line.requests.some(({ request }) => request.priorityClass <= lowest);
  }

  add(request: ActiveRequest): void {
    this.line = joined(this.line, request);
    this.tokens += request.queuedTokens;
  }

  /** Nothing of the request waits any more. */
  drop(request: ActiveRequest): void {
    this.line = left(this.line, request);
    this.interrupted = onlyShares(this.interrupted, (share) => share.request !== request);
    this.tokens -= request.queuedTokens;
    request.queuedTokens = 0;
  }

  putBack(batches: readonly Batch[]): void {
    this.interrupted = inOrder([...this.interrupted, ...batches]);
    for (const batch of batches) this.count(batch, 1);
  }

  /** Takes the next batch, for one of the engines that are due; undefined where none is, or nothing waits for one. */
  next(due: readonly DueEngine[], limitsOf: (engine: number) => BatchLimits): NextBatch | undefined {
    const planned = this.interrupted.length > 0 ? this.again(due) : this.planned(due, limitsOf);
    if (planned === undefined) return undefined;
    this.count(planned.batch, -1);
    return { ...planned, tokenBudget: limitsOf(planned.engine).tokens };
  }

  private again(due: readonly DueEngine[]) {
    const [again, ...others] = this.interrupted as [Batch, ...Batch[]];
    const able = isSuspect(again) ? due.filter(({ tokensInFlight }) => tokensInFlight === 0) : due;
    const choice = chooseEngine(able, again.shares);
    if (choice === undefined) return undefined;
    this.interrupted = others;
    return { batch: again, engine: choice.engine };
  }

  private planned(due: readonly DueEngine[], limitsOf: (engine: number) => BatchLimits) {
    const choice = chooseEngine(due, this.line.requests);
    return choice && { batch: this.plan(choice, limitsOf(choice.engine)), engine: choice.engine };
  }

  private plan({ served, others }: EngineChoice<WaitingRequest<ActiveRequest>>, limits: BatchLimits): Batch {
    const { shares, line } = planBatch({ ...this.line, requests: served }, limits);
    this.line = { ...line, requests: [...others, ...line.requests] };
    const sequence = this.nextSequence;
    this.nextSequence += 1;
    return { sequence, shares, enginesEnded: 0 };
  }

  /** The batch's tokens come back to the queue (1) or leave it (-1). */
  private count({ shares }: Batch, sign: 1 | -1): void {
    for (const { request, tokens } of shares) {
      this.tokens += sign * tokens;
      request.queuedTokens += sign * tokens;
    }
  }
}
