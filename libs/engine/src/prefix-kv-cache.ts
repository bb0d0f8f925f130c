import type { KeyValues } from '#libs/tensor';

interface Entry {
  readonly keyValues: KeyValues;
  /** Distance from the root: 0 for an instruction head, 1 for a query. */
  readonly depth: number;
  readonly holders: Set<number>;
}

/**
 * Keys and values of prefixes, kept on the device across batches.
 *
 * Bounded in bytes. What a live request holds is never evicted (so the bound can be passed while it lives); otherwise the
 * deepest, least recently used prefix goes first: queries before the instruction heads that every request shares.
 */
export class PrefixKvCache {
  // A Map iterates in insertion order; an entry moves to the end when it is used.
  private readonly entries = new Map<string, Entry>();
  private readonly heldBy = new Map<number, Set<string>>();
  private usedBytes = 0;
  private counts = { hits: 0, misses: 0, evictions: 0 };

  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.usedBytes;
  }

  /** Prefixes that are kept. */
  get size(): number {
    return this.entries.size;
  }

  get statistics(): Readonly<{ hits: number; misses: number; evictions: number }> {
    return this.counts;
  }

  /** The kept prefix under this key, marked as used; counts a hit or a miss. */
  find(key: string): KeyValues | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.counts.misses += 1;
      return undefined;
    }
    this.counts.hits += 1;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.keyValues;
  }

  /** Takes ownership of a prefix, computed or about to be. Call `trim` when its holders are known. */
  add(key: string, keyValues: KeyValues, depth: number): void {
    this.entries.set(key, { keyValues, depth, holders: new Set() });
    this.usedBytes += keyValues.bytes;
  }

  /** Whether these are the keys and values under the key. */
  keeps(key: string, keyValues: KeyValues): boolean {
    return this.entries.get(key)?.keyValues === keyValues;
  }

  /** Disposes of a prefix that was not computed after all. */
  discard(key: string, keyValues: KeyValues): void {
    if (this.keeps(key, keyValues)) {
      this.entries.delete(key);
      this.usedBytes -= keyValues.bytes;
    }
    keyValues.dispose();
  }

  /** Keeps the prefix until `release` of this request. */
  hold(key: string, requestId: number): void {
    this.entries.get(key)?.holders.add(requestId);
    const keys = this.heldBy.get(requestId) ?? new Set();
    this.heldBy.set(requestId, keys.add(key));
  }

  release(requestId: number): void {
    for (const key of this.heldBy.get(requestId) ?? []) this.entries.get(key)?.holders.delete(requestId);
    this.heldBy.delete(requestId);
    this.trim();
  }

  /** Evicts until the bound holds or only held prefixes are left. */
  trim(): void {
    if (this.usedBytes <= this.maxBytes) return;
    const idle = [...this.entries].filter(([, entry]) => entry.holders.size === 0);
    // The sort is stable: within a depth, the least recently used stays first.
    for (const [key, entry] of idle.toSorted(([, a], [, b]) => b.depth - a.depth)) {
      if (this.usedBytes <= this.maxBytes) return;
      this.entries.delete(key);
      this.usedBytes -= entry.keyValues.bytes;
      this.counts.evictions += 1;
      entry.keyValues.dispose();
    }
  }

  clear(): void {
    for (const { keyValues } of this.entries.values()) keyValues.dispose();
    this.entries.clear();
    this.heldBy.clear();
    this.usedBytes = 0;
  }
}
