import {
  BatchInterruptedError,
  DrainRate,
  type BatchScorer,
  type BatchScores,
  type SequenceBatch,
} from '#libs/batching';
import { encodeToEngine, type EngineOptions, type FromEngine, type Transport } from '#libs/engine-protocol';
import { EngineError } from './engine-event.js';
import { batchDeadlineMs, EngineWatch, type Debt, type Verdict } from './engine-watch.js';

/** Failures that say something about the batch; any other one may be the device's, and a faulty device fails them all. */
const OF_THE_BATCH = new Set(['non_finite_score', 'OUT_OF_MEMORY', 'INVALID']);
const FAILURES_OF_A_DEAD_DEVICE = 2;
const DEVICE_IS_DEAD: Verdict = { kind: 'end', reason: 'batches fail one after the other' };

/** Weight of the newest batch in the rate: adapts quickly, so that a slow shared machine is not mistaken for a hang. */
const NEWEST_WEIGHT = 0.3;

const NO_TAIL = new Int32Array(0);

interface Waiting {
  readonly rows: number;
  readonly resolve: (scores: BatchScores) => void;
  readonly reject: (error: Error) => void;
}

/** The server's side of the protocol, for one engine process. */
export class EngineClient implements BatchScorer {
  private readonly waiting = new Map<number, Waiting>();
  private readonly watch = new EngineWatch();
  private nextBatchId = 1;
  private gone: string | undefined;
  /** Of rows, from the warm-up on with every batch; absent while loading. */
  private rate: DrainRate | undefined;
  private pinged = false;
  private failuresInARow = 0;
  private deviceFault: string | undefined;

  constructor(private readonly transport: Transport) {}

  /** The device error that the engine reported before it exited. */
  get fault(): string | undefined {
    return this.deviceFault;
  }

  load(options: EngineOptions): void {
    void this.transport.send(encodeToEngine({ kind: 'load', options }));
  }

  score(batch: SequenceBatch): Promise<BatchScores> {
    if (this.gone !== undefined) return Promise.reject(new BatchInterruptedError(false, this.gone));
    const batchId = this.nextBatchId;
    this.nextBatchId += 1;
    if (this.waiting.size === 0) this.watch.progress();
    return new Promise((resolve, reject) => {
      this.waiting.set(batchId, { rows: rowsOf(batch), resolve, reject });
      void this.transport.send(encodeToEngine({ kind: 'score', batchId, batch }));
    });
  }

  release(requestId: number): void {
    if (this.gone === undefined) void this.transport.send(encodeToEngine({ kind: 'release', requestId }));
  }

  stop(): void {
    if (this.gone === undefined) void this.transport.send(encodeToEngine({ kind: 'stop' }));
  }

  /** The heartbeat thread gave a sign. */
  beat(): void {
    this.watch.beat();
  }

  /** Called every BEAT_MS; asks an idle engine for a sign by itself. */
  tick(): Verdict {
    const verdict = this.failuresInARow >= FAILURES_OF_A_DEAD_DEVICE ? DEVICE_IS_DEAD : this.watch.tick(this.debt());
    if (verdict.kind === 'ask') this.ping();
    return verdict;
  }

  /** The process ended: whatever it still owed is interrupted, and so is what comes later. The oldest batch was at work. */
  abandon(reason: string): void {
    this.gone = reason;
    const owed = [...this.waiting.values()];
    this.waiting.clear();
    owed.forEach(({ reject }, index) => reject(new BatchInterruptedError(index === 0, reason)));
  }

  private ping(): void {
    this.pinged = true;
    this.watch.progress();
    void this.transport.send(encodeToEngine({ kind: 'ping' }));
  }

  private debt(): Debt {
    if (this.rate === undefined) return { kind: 'load' };
    const [oldest] = this.waiting.values();
    if (oldest === undefined) return { kind: this.pinged ? 'pong' : 'nothing' };
    return { kind: 'batch', deadlineMs: batchDeadlineMs(oldest.rows, this.rate.tokensIn(1)) };
  }

  /** Takes note of what the engine says: it is alive, and what it owed is settled. */
  note(message: FromEngine): void {
    this.watch.progress();
    switch (message.kind) {
      case 'pong':
        this.pinged = false;
        break;
      case 'ready':
        this.rate = new DrainRate(NEWEST_WEIGHT);
        this.rate.reset(message.information.tokensPerSecond);
        break;
      case 'fault':
        this.deviceFault = message.reason;
        break;
      case 'scores':
        this.batchScored(message);
        break;
      case 'batchFailed':
        this.batchFailed(message);
        break;
      default:
    }
  }

  private batchScored(message: Extract<FromEngine, { kind: 'scores' }>): void {
    const { computedTokens, computeSeconds } = message;
    this.rate?.add(computedTokens, computeSeconds);
    this.failuresInARow = 0;
    this.take(message.batchId)?.resolve(message);
  }

  private batchFailed({ batchId, code, message }: Extract<FromEngine, { kind: 'batchFailed' }>): void {
    if (!OF_THE_BATCH.has(code)) this.failuresInARow += 1;
    this.take(batchId)?.reject(new EngineError(code, message));
  }

  private take(batchId: number): Waiting | undefined {
    const waiting = this.waiting.get(batchId);
    this.waiting.delete(batchId);
    return waiting;
  }
}

/** Rows that computing the batch can take at most. */
function rowsOf({ shares }: SequenceBatch): number {
  return shares
    .flatMap(({ prefix, documents, tail = NO_TAIL }) => [...prefix, ...documents, ...documents.map(() => tail)])
    .reduce((rows, ids) => rows + ids.length, 0);
}
