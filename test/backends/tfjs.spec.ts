import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend, memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Random } from '#apps/workshop';
import type { RequestShare } from '#libs/batching';
import { ModelRunner, PrefixKvCache } from '#libs/engine';
import { createTfjsBackend } from '#libs/tensor-tfjs';
import { describeOpsContract } from './ops-contract.js';
import { loadSmallQwen3, SMALL_SHAPE } from './small-qwen3.js';

describeOpsContract('tfjs', createTfjsBackend);

const BATCHES = 1000;
/** The heap grows by a step whenever an allocation finds no gap that is large enough; seen once more at batch 756, then never in 6,000. */
const WARM_UP_BATCHES = 1000;

describe(`${BATCHES} batches on tfjs`, () => {
  it('leave no tensor and no byte of the heap behind', async () => {
    const ops = await createTfjsBackend();
    // Room for a few queries: prefixes are kept, found and evicted all the time.
    const cache = new PrefixKvCache(100_000);
    const runner = new ModelRunner(await loadSmallQwen3(ops), cache);
    const requests = new Requests();
    const heap = new Set<number>();
    const tensors = new Set<number>();
    for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch += 1) {
      const shares = requests.nextBatch();
      const { logits } = await runner.score({ shares });
      expect(logits).toHaveLength(shares.reduce((total, { documents }) => total + documents.length, 0));
      if (batch < WARM_UP_BATCHES) continue;
      heap.add(heapBytes());
      // What the cache holds comes and goes: two tensors per layer and prefix.
      tensors.add(memory().numTensors - 2 * SMALL_SHAPE.layers * cache.size);
    }
    expect(cache.statistics.hits).toBeGreaterThan(0);
    expect(cache.statistics.evictions).toBeGreaterThan(0);
    expect([...tensors]).toHaveLength(1);
    expect([...heap]).toHaveLength(1);
    ops.close();
  }, 300_000);
});

/** tfjs's types leave out what Emscripten adds to a module. */
function heapBytes(): number {
  const { wasm } = backend() as BackendWasm & { wasm: { HEAPU8: Uint8Array } };
  return wasm.HEAPU8.byteLength;
}

/** Batches as a server makes them: one or two requests, some of which span several batches, some with a known prefix. */
class Requests {
  private readonly integers = new Random(7);
  private requestId = 0;
  private open: RequestShare | undefined;

  nextBatch(): RequestShare[] {
    return Array.from({ length: 1 + this.integers.below(2) }, () => this.nextShare());
  }

  private nextShare(): RequestShare {
    const last = 1 + this.integers.below(3) > 1;
    this.requestId += this.open === undefined ? 1 : 0;
    const prefix = this.open?.prefix ?? [this.ids(2, 30), this.ids(20, 20)];
    const documents = Array.from({ length: 1 + this.integers.below(8) }, () => this.ids(500, 40));
    const share = { requestId: this.requestId, prefix, documents, last };
    this.open = last ? undefined : share;
    return share;
  }

  /** Up to `length` ids, of one of several texts. */
  private ids(texts: number, length: number): Int32Array {
    const text = 1 + this.integers.below(texts);
    return Int32Array.from(
      { length: 1 + ((text * 7) % length) },
      (_, token) => (text * 31 + token) % SMALL_SHAPE.vocabularySize,
    );
  }
}
