import type { BatchScores, SequenceBatch } from '#libs/batching';
import type { RerankerModel } from '#libs/models';
import { layOut } from '#libs/tensor';
import { BatchAssembly } from './batch-assembly.js';
import type { PrefixKvCache } from './prefix-kv-cache.js';

/** A score that is not a number: the checkpoint or the device is broken, and no ranking may be made of it. */
class NonFiniteScoreError extends Error {
  readonly code = 'non_finite_score';
}

/** A batch that the device has. */
export interface RunningBatch {
  /** Its scores. To be called once for each batch, in the order in which they were begun, after the one before is finished. */
  finish(): Promise<BatchScores>;
}

interface Running {
  readonly holder: number;
  readonly assembly: BatchAssembly;
  readonly scores: Promise<BatchScores>;
}

/** Turns batches into segments, runs the model, and keeps prefixes for later batches. */
export class ModelRunner {
  /** When the device was done with a batch last. */
  private doneMs = 0;
  private lastHolder = 0;

  constructor(
    private readonly model: RerankerModel,
    private readonly cache: PrefixKvCache,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** One batch alone. */
  score(batch: SequenceBatch): Promise<BatchScores> {
    return this.begin(batch).finish();
  }

  /** Hands the batch to the device, behind those that it has. Does not throw: `finish` rejects. */
  begin(batch: SequenceBatch): RunningBatch {
    // Below zero: requests have the numbers from 0 on.
    const holder = (this.lastHolder -= 1);
    const assembly = new BatchAssembly(this.model, this.cache, holder);
    const scores = this.compute(batch, assembly);
    scores.catch(() => undefined); // It is not awaited before `finish`.
    return { finish: () => this.finish(batch, { holder, assembly, scores }) };
  }

  release(requestId: number): void {
    this.cache.release(requestId);
  }

  private async compute({ shares }: SequenceBatch, assembly: BatchAssembly): Promise<BatchScores> {
    const begunMs = this.now();
    for (const share of shares) assembly.add(share);
    const layout = layOut(assembly.segments);
    const { logits, computeSeconds } = await this.timed(begunMs, this.model.score(layout));
    if (!logits.every((logit) => Number.isFinite(logit))) {
      throw new NonFiniteScoreError('the model answered a score that is not a finite number');
    }
    const computedTokens = layout.rowCount;
    return { logits, computedTokens, sharedTokens: assembly.pairTokens - computedTokens, computeSeconds };
  }

  /** The device has the batch from its beginning, or from when it was done with the one before. */
  private async timed(begunMs: number, pass: Promise<Float32Array>) {
    const logits = await pass;
    const startedMs = Math.max(begunMs, this.doneMs);
    this.doneMs = this.now();
    return { logits, computeSeconds: (this.doneMs - startedMs) / 1000 };
  }

  private async finish(batch: SequenceBatch, running: Running): Promise<BatchScores> {
    try {
      return await this.scoresOf(batch, running);
    } finally {
      for (const { requestId, last } of batch.shares) if (last) this.cache.release(requestId);
      this.cache.release(running.holder);
      this.cache.trim();
    }
  }

  private async scoresOf(batch: SequenceBatch, { assembly, scores }: Running): Promise<BatchScores> {
    try {
      const computed = await scores;
      if (assembly.foundIsKept) return computed;
    } catch (error) {
      if (assembly.foundIsKept) {
        assembly.discard();
        throw error;
      }
    }
    // It counted on a prefix of the batch before, which failed.
    assembly.discard();
    return this.score(batch);
  }
}
