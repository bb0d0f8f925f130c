import { setImmediate } from 'node:timers/promises';
import type { BatchScores, SequenceBatch } from '#libs/batching';
import {
  decodeToEngine,
  encodeFromEngine,
  type EngineOptions,
  type EngineUsage,
  type FromEngine,
  type ToEngine,
  type Transport,
} from '#libs/engine-protocol';
import { budgetAfterOutOfMemory } from './batch-budget.js';
import { failureOf, isDeviceFault, partsAfter } from './batch-failure.js';
import { loadEngine, type LoadedEngine } from './load-engine.js';
import type { RunningBatch } from './model-runner.js';

type ScoreMessage = Extract<ToEngine, { kind: 'score' }>;

/**
 * The engine process's side of the protocol: loads once, then scores batches in the order they came. A batch is handed to the
 * device when it comes: it is laid out and launched while the one before is computed.
 */
export class EngineService {
  private engine: LoadedEngine | undefined;
  private maxBatchTokens = Infinity;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly transport: Transport,
    private readonly exit: (code: number) => void,
  ) {}

  start(): void {
    this.transport.onFrame((frame) => this.receive(decodeToEngine(frame)));
  }

  private receive(message: ToEngine): void {
    switch (message.kind) {
      case 'load':
        this.enqueue(() => this.load(message.options));
        break;
      case 'score': {
        // In a turn of its own: a backend that computes on this thread must answer one batch before it begins the next.
        const running = setImmediate().then(() => this.engine?.runner.begin(message.batch));
        this.enqueue(async () => this.score(message, await running));
        break;
      }
      case 'release':
        this.engine?.runner.release(message.requestId);
        break;
      case 'ping':
        void this.send({ kind: 'pong' });
        break;
      case 'stop':
        this.enqueue(async () => this.stop());
        break;
    }
  }

  /** Things end in the order in which they came; each task reports its own failure, so the chain never breaks. */
  private enqueue(task: () => Promise<void>): void {
    this.queue = this.queue.then(task);
  }

  private async load(options: EngineOptions): Promise<void> {
    try {
      this.engine = await loadEngine(options, {
        loading: async (fraction) => {
          void this.send({ kind: 'loading', fraction });
          await setImmediate();
        },
        warming: () => void this.send({ kind: 'warming' }),
      });
      this.maxBatchTokens = this.engine.information.maxBatchTokens;
      void this.send({ kind: 'ready', information: this.engine.information });
    } catch (error) {
      void this.send({ kind: 'loadFailed', ...failureOf(error) });
    }
  }

  private async score({ batchId, batch }: ScoreMessage, running: RunningBatch | undefined): Promise<void> {
    try {
      if (this.engine === undefined || running === undefined) throw new Error('no model is loaded');
      const scores = await this.scoreInParts(batch, this.engine, running);
      void this.send({ kind: 'scores', batchId, ...scores, usage: usageOf(this.engine) });
    } catch (error) {
      // A part that came before the one that failed holds the prefixes of its requests.
      for (const { requestId, last } of batch.shares) if (last) this.engine?.runner.release(requestId);
      const failure = failureOf(error);
      if (isDeviceFault(error)) {
        await this.send({ kind: 'fault', reason: failure.message });
        this.exit(1);
      } else {
        void this.send({ kind: 'batchFailed', batchId, ...failure });
      }
    }
  }

  /** The batch in one pass; where memory is too short for that, in ever smaller parts, and smaller batches are asked for. */
  private async scoreInParts(
    batch: SequenceBatch,
    engine: LoadedEngine,
    running = engine.runner.begin(batch),
  ): Promise<BatchScores> {
    try {
      return await running.finish();
    } catch (error) {
      const parts = partsAfter(error, batch);
      if (parts === undefined) throw error;
      this.shrinkBudget(batch);
      const [first, second] = parts;
      return joined(await this.scoreInParts(first, engine), await this.scoreInParts(second, engine));
    }
  }

  private shrinkBudget(batch: SequenceBatch): void {
    const maxBatchTokens = budgetAfterOutOfMemory(batch, this.maxBatchTokens);
    if (maxBatchTokens === this.maxBatchTokens) return;
    this.maxBatchTokens = maxBatchTokens;
    void this.send({ kind: 'budget', maxBatchTokens });
  }

  private stop(): void {
    this.engine?.cache.clear();
    this.engine?.ops.close();
    this.exit(0);
  }

  private send(message: FromEngine): Promise<void> {
    return this.transport.send(encodeFromEngine(message));
  }
}

function usageOf({ cache, ops }: LoadedEngine): EngineUsage {
  const { hits, misses, evictions } = cache.statistics;
  const { bytes, scratchBytes } = ops.memory();
  return {
    prefixHits: hits,
    prefixMisses: misses,
    prefixEvictions: evictions,
    prefixBytes: cache.bytes,
    deviceBytes: bytes + scratchBytes,
  };
}

/** The scores of two parts of a batch, as if it had been one. */
function joined(first: BatchScores, second: BatchScores): BatchScores {
  const logits = new Float32Array(first.logits.length + second.logits.length);
  logits.set(first.logits);
  logits.set(second.logits, first.logits.length);
  return {
    logits,
    computedTokens: first.computedTokens + second.computedTokens,
    sharedTokens: first.sharedTokens + second.sharedTokens,
    computeSeconds: first.computeSeconds + second.computeSeconds,
  };
}
