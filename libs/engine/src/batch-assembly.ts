import type { RequestShare } from '#libs/batching';
import type { RerankerModel } from '#libs/models';
import type { KeyValues, Segment } from '#libs/tensor';
import type { PrefixKvCache } from './prefix-kv-cache.js';

interface Prefix {
  readonly key: string;
  readonly keyValues: KeyValues;
}

/**
 * The segments of one batch: each prefix once, whichever requests share it. A prefix that is to be computed is in the cache from
 * here on: the device works in order, so that the next batch may count on it before it is there. Requests hold their prefixes.
 */
export class BatchAssembly {
  readonly segments: Segment[] = [];
  /** Tokens that computing every pair whole would take. */
  pairTokens = 0;
  private readonly computed: Prefix[] = [];
  private readonly found: Prefix[] = [];
  private readonly indexOf = new Map<string, number>();

  constructor(
    private readonly model: RerankerModel,
    private readonly cache: PrefixKvCache,
  ) {}

  add({ requestId, prefix, documents }: RequestShare): void {
    let key = '';
    let parent: number | undefined;
    let prefixTokens = 0;
    prefix.forEach((ids, depth) => {
      key += contentKey(ids);
      parent = this.indexOf.get(key) ?? this.addPrefix({ key, ids, depth, parent });
      this.cache.hold(key, requestId);
      prefixTokens += ids.length;
    });
    for (const ids of documents) {
      this.segments.push({ ids, scored: true, ...parentOf(parent) });
      this.pairTokens += prefixTokens + ids.length;
    }
  }

  /** Whether every prefix that it found is still kept: one is not when the batch that was to compute it failed. */
  get foundIsKept(): boolean {
    return this.found.every(({ key, keyValues }) => this.cache.keeps(key, keyValues));
  }

  /** Takes back what it was to compute. */
  discard(): void {
    for (const { key, keyValues } of this.computed) this.cache.discard(key, keyValues);
  }

  private addPrefix(prefix: { key: string; ids: Int32Array; depth: number; parent: number | undefined }): number {
    const { key, ids, depth, parent } = prefix;
    const kept = this.cache.find(key);
    if (kept === undefined) {
      const store = this.model.keyValues(ids.length);
      this.cache.add(key, store, depth);
      this.computed.push({ key, keyValues: store });
      this.segments.push({ ids, store, ...parentOf(parent) });
    } else {
      this.found.push({ key, keyValues: kept });
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
