import type { Batch } from './batch.js';
import type { BatchScorer } from './batch-scorer.js';
import { BatchSize, type BatchBudget } from './batch-size.js';
import { BatchesInFlight, type Moment } from './batches-in-flight.js';
import { DrainRate } from './drain-rate.js';
import type { DueEngine } from './engine-choice.js';

/** One engine, as the batcher drives it. */
class EngineLane {
  /** Absent while the engine takes no batches. */
  size: BatchSize | undefined;
  /** Absent until the engine was ready once. */
  scorer: BatchScorer | undefined;
  readonly inFlight = new BatchesInFlight();
  readonly rate = new DrainRate();
  readonly secondsFor = (tokens: number) => this.rate.exactSecondsFor(tokens);

  /** Tokens that it would take up within this many seconds, after those it has. */
  tokensIn(seconds: number, nowMs: number): number {
    return this.rate.tokensIn(Math.max(0, seconds - this.inFlight.secondsLeft(nowMs, this.secondsFor)));
  }
}

/** The engines of the server, by number: which of them is due for a batch, and how fast they are together. */
export class EngineLanes {
  private readonly lanes: readonly EngineLane[];

  constructor(engines: number) {
    this.lanes = Array.from({ length: engines }, () => new EngineLane());
  }

  resume(engine: number, scorer: BatchScorer, budget: BatchBudget): void {
    const lane = this.lanes[engine]!;
    lane.scorer = scorer;
    lane.size = new BatchSize(budget);
    lane.rate.reset(budget.tokensPerSecond);
  }

  pause(engine: number): void {
    this.lanes[engine]!.size = undefined;
  }

  shrink(engine: number, maxBatchTokens: number): void {
    this.lanes[engine]!.size?.shrink(maxBatchTokens);
  }

  /** Of an engine that was ready: while it is away it rejects what it is sent. */
  scorerOf(engine: number): BatchScorer {
    return this.lanes[engine]!.scorer!;
  }

  /** Most tokens of the next batch, for an engine that takes batches. */
  batchTokensOf(engine: number): number {
    return this.lanes[engine]!.size!.tokens;
  }

  due(moment: Moment): readonly DueEngine[] {
    return this.lanes.flatMap(({ inFlight }, engine) =>
      this.msUntilNext(engine, moment) > 0 ? [] : [{ engine, tokensInFlight: inFlight.tokens }],
    );
  }

  /** Milliseconds until the first engine is due; Infinity: not before a batch comes back or an engine comes up. */
  msUntilDue(moment: Moment): number {
    return Math.min(...this.lanes.map((_lane, engine) => this.msUntilNext(engine, moment)));
  }

  sent(engine: number, batch: Batch, nowMs: number): void {
    this.lanes[engine]!.inFlight.add(batch, nowMs);
  }

  cameBack(engine: number, batch: Batch, nowMs: number): void {
    this.lanes[engine]!.inFlight.remove(batch, nowMs);
  }

  measured(engine: number, tokens: number, seconds: number): void {
    const { rate, size } = this.lanes[engine]!;
    rate.add(tokens, seconds);
    size?.measured(tokens, seconds);
  }

  /** Tokens that all of them take up within this many seconds. */
  tokensIn(seconds: number, nowMs: number): number {
    return this.counting.reduce((tokens, lane) => tokens + lane.tokensIn(seconds, nowMs), 0);
  }

  /** Whole seconds, at least one: what `Retry-After` may say. */
  secondsFor(tokens: number): number {
    return Math.max(1, Math.ceil(this.exactSecondsFor(tokens)));
  }

  exactSecondsFor(tokens: number): number {
    return tokens / this.counting.reduce((perSecond, { rate }) => perSecond + rate.tokensIn(1), 0);
  }

  /** Those that serve; while none does, all, as fast as they were. */
  private get counting(): readonly EngineLane[] {
    const serving = this.lanes.filter(({ size }) => size !== undefined);
    return serving.length === 0 ? this.lanes : serving;
  }

  private msUntilNext(engine: number, moment: Moment): number {
    const { size, inFlight, secondsFor } = this.lanes[engine]!;
    return size === undefined ? Infinity : inFlight.msUntilNext(moment, secondsFor);
  }
}
