import { describe, expect, it } from 'vitest';
import { PrefixKvCache } from './prefix-kv-cache.js';

const HEAD = 0;
const QUERY = 1;

class FakeKeyValues {
  readonly tokens = 1;
  disposed = 0;

  constructor(readonly bytes: number) {}

  dispose(): void {
    this.disposed += 1;
  }
}

function cacheWith(maxBytes: number, ...entries: [key: string, bytes: number, depth: number][]) {
  const cache = new PrefixKvCache(maxBytes);
  const kept = Object.fromEntries(entries.map(([key, bytes]) => [key, new FakeKeyValues(bytes)]));
  for (const [key, , depth] of entries) cache.add(key, kept[key]!, depth);
  return { cache, kept };
}

describe('the prefix cache', () => {
  it('evicts the query that was used longest ago, and disposes of it once', () => {
    const { cache, kept } = cacheWith(20, ['a', 10, QUERY], ['b', 10, QUERY]);
    expect(cache.find('a')).toBe(kept['a']);
    cache.add('c', new FakeKeyValues(10), QUERY);
    cache.trim();
    expect(cache.find('b')).toBeUndefined();
    expect(cache.find('a')).toBe(kept['a']);
    expect(kept['b']!.disposed).toBe(1);
    expect(cache.bytes).toBe(20);
  });

  it('lets queries go before instruction heads, however old the head', () => {
    const { cache, kept } = cacheWith(10, ['head', 10, HEAD], ['query', 10, QUERY]);
    cache.trim();
    expect(cache.find('head')).toBe(kept['head']);
    expect(cache.find('query')).toBeUndefined();
  });

  it('keeps what a live request holds, past the bound, until it is released', () => {
    const { cache, kept } = cacheWith(0, ['query', 10, QUERY]);
    cache.hold('query', 1);
    cache.hold('query', 2);
    cache.trim();
    cache.release(1);
    expect(kept['query']!.disposed).toBe(0);
    cache.release(2);
    expect(kept['query']!.disposed).toBe(1);
    expect(cache.bytes).toBe(0);
  });

  it('counts hits, misses and evictions', () => {
    const { cache } = cacheWith(0, ['a', 1, QUERY]);
    cache.find('a');
    cache.find('b');
    cache.trim();
    expect(cache.statistics).toEqual({ hits: 1, misses: 1, evictions: 1 });
  });

  it('disposes of everything when it is cleared, held or not', () => {
    const { cache, kept } = cacheWith(100, ['a', 1, QUERY], ['b', 1, HEAD]);
    cache.hold('a', 1);
    cache.clear();
    cache.release(1);
    expect(Object.values(kept).map(({ disposed }) => disposed)).toEqual([1, 1]);
  });
});
