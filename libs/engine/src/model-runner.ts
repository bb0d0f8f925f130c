import type { BatchScores, RequestShare, SequenceBatch } from '#libs/batching';
import type { RerankerModel } from '#libs/models';
import { layOut, type KeyValues, type Segment } from '#libs/tensor';
import type { PrefixKvCache } from './prefix-kv-cache.js';

/** A prefix computed in the batch that is being put together. */
interface NewPrefix {
  readonly key: string;
  readonly depth: number;
  readonly keyValues: KeyValues;
}

/** A score that is not a number: the checkpoint or the device is broken, and no ranking may be made of it. */
export class NonFiniteScoreError extends Error {
  readonly code = 'non_finite_score';
}

/** Turns a batch into segments, runs the model, and keeps prefixes for later batches. One batch at a time. */
export class ModelRunner {
  constructor(
    private readonly model: RerankerModel,
    private readonly cache: PrefixKvCache,
    private readonly now: () => number = () => performance.now(),
  ) {}

  async score(batch: SequenceBatch): Promise<BatchScores> {
    const startedMs = this.now();
    const assembly = new BatchAssembly(this.model, this.cache);
    try {
      for (const share of batch.shares) assembly.add(share);
      const layout = layOut(assembly.segments);
      const logits = await this.model.score(layout);
      if (!logits.every((logit) => Number.isFinite(logit))) {
        throw new NonFiniteScoreError('the model answered a score that is not a finite number');
      }
      this.keep(assembly, batch);
      return {
        logits,
        computedTokens: layout.rowCount,
        sharedTokens: assembly.pairTokens - layout.rowCount,
        computeSeconds: (this.now() - startedMs) / 1000,
      };
    } catch (error) {
      for (const { keyValues } of assembly.computed) keyValues.dispose();
      throw error;
    } finally {
      for (const { requestId, last } of batch.shares) if (last) this.cache.release(requestId);
    }
  }

  release(requestId: number): void {
    this.cache.release(requestId);
  }

  private keep(assembly: BatchAssembly, batch: SequenceBatch): void {
    for (const { key, keyValues, depth } of assembly.computed) this.cache.add(key, keyValues, depth);
    for (const { requestId, last } of batch.shares) {
      if (!last) for (const key of assembly.keysOf(requestId)) this.cache.hold(key, requestId);
    }
    this.cache.trim();
  }
}

/** The segments of one batch: each prefix once, whichever requests share it. */
class BatchAssembly {
  readonly segments: Segment[] = [];
  readonly computed: NewPrefix[] = [];
  /** Tokens that computing every pair whole would take. */
  pairTokens = 0;
  private readonly indexOf = new Map<string, number>();
  private readonly prefixKeys = new Map<number, string[]>();

  constructor(
    private readonly model: RerankerModel,
    private readonly cache: PrefixKvCache,
  ) {}

  add({ requestId, prefix, documents }: RequestShare): void {
    const keys: string[] = [];
    let parent: number | undefined;
    let prefixTokens = 0;
    prefix.forEach((ids, depth) => {
      const key = `${keys.at(-1) ?? ''}${contentKey(ids)}`;
      parent = this.indexOf.get(key) ?? this.addPrefix({ key, ids, depth, parent });
      keys.push(key);
      prefixTokens += ids.length;
    });
    this.prefixKeys.set(requestId, keys);
    for (const ids of documents) {
      this.segments.push({ ids, scored: true, ...parentOf(parent) });
      this.pairTokens += prefixTokens + ids.length;
    }
  }

  keysOf(requestId: number): readonly string[] {
    return this.prefixKeys.get(requestId) ?? [];
  }

  private addPrefix(prefix: { key: string; ids: Int32Array; depth: number; parent: number | undefined }): number {
    const { key, ids, depth, parent } = prefix;
    const kept = this.cache.find(key);
    if (kept === undefined) {
      const store = this.model.keyValues(ids.length);
      this.computed.push({ key, depth, keyValues: store });
      this.segments.push({ ids, store, ...parentOf(parent) });
    } else {
      this.segments.push({ kept, ...parentOf(parent) });
    }
    this.indexOf.set(key, this.segments.length - 1);
    return this.segments.length - 1;
  }
}

/** The ids themselves behind their count: equal keys mean equal prefixes, with no hash to collide. */
function contentKey(ids: Int32Array): string {
  return `${ids.length}:${Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString('latin1')}`;
}

function parentOf(parent: number | undefined): { parent?: number } {
  return parent === undefined ? {} : { parent };
}
