import { describe, expect, it } from 'vitest';
import { Random } from '#apps/workshop';
import { layOut, type Segment, type TensorOps } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { createTfjsBackend } from '#libs/tensor-tfjs';
import { NATIVE_BUILT } from '../support/backends.js';
import { loadSmallQwen3, SMALL_SHAPE } from './small-qwen3.js';

const MAX_LENGTH = 8192; // tokens: the server's default
const MANY = 4096; // segments
const TOLERANCE = 1e-4; // of a raw score

// Skipped where the addon is not built: test/run.mjs says so at the end.
describe.skipIf(!NATIVE_BUILT)('libtorch at its limits', () => {
  describeLimits(() => createLibtorchBackend({ threads: 2 }), MAX_LENGTH);
});

describe('tfjs at its limits', () => {
  describeLimits(createTfjsBackend, MAX_LENGTH / 4); // a quarter of the rows: attention takes 16 times the time here
});

it('refuses a sequence without a token', () => {
  expect(() => layOut([{ ids: new Int32Array(0), scored: true }])).toThrow(/at least one token/u);
});

/** The right answer at the smallest and the largest sizes; what is refused, the contract suite says. */
function describeLimits(open: () => Promise<TensorOps>, longest: number): void {
  it('scores a sequence of one token, and the longest, in one piece as behind a kept prefix', async () => {
    const ops = await open();
    const model = await loadSmallQwen3(ops);
    const ids = randomIds(1, longest);
    const scoreOf = async (segments: readonly Segment[]) => (await model.score(layOut(segments)))[0]!;
    expect(await scoreOf([{ ids: ids.subarray(0, 1), scored: true }])).toSatisfy(Number.isFinite);
    const kept = model.keyValues(longest - 1);
    await scoreOf([
      { ids: ids.subarray(0, longest - 1), store: kept },
      { ids: ids.subarray(0, 1), parent: 0, scored: true },
    ]);
    const last: Segment = { ids: ids.subarray(longest - 1), parent: 0, scored: true };
    const whole = await scoreOf([{ ids, scored: true }]);
    expect(Math.abs((await scoreOf([{ kept }, last])) - whole)).toBeLessThan(TOLERANCE);
    kept.dispose();
    ops.close();
  }, 120_000);

  it(`scores ${MANY} documents in one batch as in small ones`, async () => {
    const ops = await open();
    const model = await loadSmallQwen3(ops);
    const head: Segment = { ids: randomIds(2, 20) };
    const documents = Array.from({ length: MANY }, (_, seed): Segment => {
      return { ids: randomIds(seed, 1 + (seed % 4)), parent: 0, scored: true };
    });
    const together = await model.score(layOut([head, ...documents]));
    expect(together).toHaveLength(MANY);
    for (const first of [0, 2000, MANY - 3]) {
      const few = await model.score(layOut([head, ...documents.slice(first, first + 3)]));
      few.forEach((score, index) => expect(Math.abs(score - together[first + index]!)).toBeLessThan(TOLERANCE));
    }
    ops.close();
  }, 120_000);
}

function randomIds(seed: number, length: number): Int32Array {
  const integers = new Random(seed);
  return Int32Array.from({ length }, () => integers.below(SMALL_SHAPE.vocabularySize));
}
