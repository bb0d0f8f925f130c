import type { RequestShare } from '#libs/batching';
import type { RerankerModel } from '#libs/models';
import type { KeyValues, Segment } from '#libs/tensor';
import type { PrefixKvCache } from './prefix-kv-cache.js';

interface Prefix {
  readonly key: string;
  readonly keyValues: KeyValues;
}

interface NewPrefix {
  readonly key: string;
  readonly ids: Int32Array;
  readonly depth: number;
  readonly parent: number | undefined;
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
    /** Documents are held under it until the batch is finished: a request may have more of them than the device can keep. */
    private readonly batchHolder: number,
  ) {}

  add({ requestId, prefix, documents, tail }: RequestShare): void {
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
      if (tail === undefined) this.segments.push({ ids, scored: true, ...parentOf(parent) });
      else this.addKept({ key: key + contentKey(ids), ids, depth: prefix.length, parent }, tail);
      this.pairTokens += prefixTokens + ids.length + (tail?.length ?? 0);
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

  /** A document that is kept for other queries, with the query behind it. */
  private addKept(document: NewPrefix, tail: Int32Array): void {
    const parent = this.indexOf.get(document.key) ?? this.addPrefix(document);
    this.cache.hold(document.key, this.batchHolder);
    this.segments.push({ ids: tail, scored: true, parent });
  }

  private addPrefix(prefix: NewPrefix): number {
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
