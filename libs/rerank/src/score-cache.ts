import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** A key of 44 characters, a number, and what a Map keeps per entry; measured on Node 20. */
const ENTRY_BYTES = 192;

/**
 * Scores of recent documents, least recently used first out, bounded in bytes. The key is a hash of the model and of every
 * token of the prompt, so equal keys mean equal instruction, query and document; texts are not kept.
 */
export class ScoreCache {
  private readonly entries: LRUCache<string, number>;

  constructor(
    maxBytes: number,
    private readonly model: string,
  ) {
    this.entries = new LRUCache({ maxSize: maxBytes, sizeCalculation: () => ENTRY_BYTES });
  }

  get size(): number {
    return this.entries.size;
  }

  /** The keys of documents behind a prefix. */
  keysOf(prefix: readonly Int32Array[], documents: readonly Int32Array[]): readonly string[] {
    const before = createHash('sha256').update(this.model);
    // The count before the ids keeps [1] [2, 3] and [1, 2] [3] apart.
    for (const ids of prefix) before.update(`:${ids.length}:`).update(ids);
    return documents.map((ids) => before.copy().update(`:${ids.length}:`).update(ids).digest('base64'));
  }

  find(key: string): number | undefined {
    return this.entries.get(key);
  }

  add(key: string, logit: number): void {
    this.entries.set(key, logit);
  }
}
