import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelRunner, PrefixKvCache, recordSmallPasses } from '#libs/engine';
import type { Qwen3Model } from '#libs/models';
import { layOut, type Segment, type TensorOps } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { NATIVE_BUILT } from '../support/backends.js';
import { FP8_REFUSAL } from './fp8-programs.js';
import { ReferenceOps } from './reference-ops.js';
import { loadSmallQwen3, SMALL_SHAPE } from './small-qwen3.js';
import { expectClose } from './workbench.js';

// What CUDA graphs need of a pass, on the CPU: inputs that come to where an earlier pass of the size had them, and results that
// leave the memory which the next one uses. Skipped where the addon is not built: test/run.mjs says so at the end.
/** What the stand-in says that a recording takes. */
const EMULATED_GRAPH_BYTES = 2 ** 20;

describe.skipIf(!NATIVE_BUILT)('a replayed pass', () => {
  let ops: TensorOps;
  let model: Qwen3Model;
  let reference: Qwen3Model;

  beforeEach(async () => {
    ops = await createLibtorchBackend({ threads: 2, tensors: true, graphs: 'always' });
    model = await loadSmallQwen3(ops);
    reference = await loadSmallQwen3(new ReferenceOps());
  });

  afterEach(() => ops.close());

  it('scores the documents that it is given, of whatever lengths its size has room for', async () => {
    for (const lengths of [[9, 20, 3], [30, 2], [1], [9, 20, 3]]) {
      const layout = layOut([{ ids: tokens(12, lengths.length) }, ...documents(lengths)]);
      expectClose(await model.score(layout), await reference.score(layout));
    }
    expect(ops.memory().replays).toBe(4);
  });

  it('reads the prefix that it is given', async () => {
    for (const first of [0, 7]) {
      const prefix = tokens(10, first);
      const kept = model.keyValues(10);
      await model.score(layOut([{ ids: prefix, store: kept }]));
      const scores = await model.score(layOut([{ kept }, ...documents([5, 8])]));
      expectClose(scores, await reference.score(layOut([{ ids: prefix }, ...documents([5, 8])])));
      kept.dispose();
    }
  });

  it('stores a prefix for good, whatever later passes store, also one that fills the memory of its size', async () => {
    for (const length of [10, 64]) {
      const [first, second] = [model.keyValues(length), model.keyValues(length)];
      await model.score(layOut([{ ids: tokens(length, 1), store: first }]));
      await model.score(layOut([{ ids: tokens(length, 9), store: second }]));
      const scores = await model.score(layOut([{ kept: first }, ...documents([5, 8])]));
      expectClose(scores, await reference.score(layOut([{ ids: tokens(length, 1) }, ...documents([5, 8])])));
    }
  });

  it('is launched when it has more rows than passes that are recorded', async () => {
    const layout = layOut([{ ids: tokens(10, 0) }, ...documents([500, 515])]);
    expectClose(await model.score(layout), await reference.score(layout));
    expect(ops.memory().replays).toBe(0);
  });

  it('is launched when its prefix is longer than what is kept for recorded ones', async () => {
    const kept = model.keyValues(513);
    await model.score(layOut([{ ids: tokens(513, 0), store: kept }]));
    expect(ops.memory().replays).toBe(1);
    const scores = await model.score(layOut([{ kept }, ...documents([5])]));
    expectClose(scores, await reference.score(layOut([{ ids: tokens(513, 0) }, ...documents([5])])));
    expect(ops.memory().replays).toBe(1);
  });
});

// What a server runs before its first request, on the CPU.
describe.skipIf(!NATIVE_BUILT).each(['bf16', 'fp8'])('passes in %s that are recorded at the start', (dtype) => {
  it('are those of small requests: none is recorded for these, and the memory of all is told', async ({ skip }) => {
    const options = { threads: 2, tensors: true, graphs: 'always', dtype } as const;
    const ops = await createLibtorchBackend(options).catch((error: Error) => {
      if (error.message.startsWith(FP8_REFUSAL)) skip(error.message);
      throw error;
    });
    const model = await loadSmallQwen3(ops);
    const runner = new ModelRunner(model, new PrefixKvCache(2 ** 20));
    const { replayedRows = [] } = ops.describe();
    await recordSmallPasses(runner, { vocabularySize: SMALL_SHAPE.vocabularySize, replayedRows });
    const { graphs = 0, scratchBytes } = ops.memory();
    expect(graphs).toBeLessThanOrEqual(4 * replayedRows.length);
    expect(scratchBytes).toBeGreaterThan(graphs * EMULATED_GRAPH_BYTES);
    let requestId = 1;
    for (const [count, length] of [
      [10, 50],
      [1, 100],
      [4, 120],
      [7, 9],
      [12, 80],
    ] as const) {
      const texts = Array.from({ length: count }, (_, index) => tokens(length, index));
      const prefix = [tokens(20, 1), tokens(11, requestId)];
      await runner.score({ shares: [{ requestId, prefix, documents: texts, last: true }] });
      requestId += 1;
    }
    expect(ops.memory().graphs).toBe(graphs);
    ops.close();
  });
});

/** Documents behind the first segment. */
function documents(lengths: readonly number[]): Segment[] {
  return lengths.map((length, index) => ({ ids: tokens(length, 3 * index), parent: 0, scored: true }));
}

function tokens(length: number, first: number): Int32Array {
  return Int32Array.from({ length }, (_, token) => (first + token) % SMALL_SHAPE.vocabularySize);
}
