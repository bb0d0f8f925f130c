import { beforeAll, describe, expect, it } from 'vitest';
import { ReferenceOps } from '../backends/reference-ops.js';
import { fp8Programs } from '../backends/fp8-programs.js';
import { relativeDifference, type Program } from '../backends/workbench.js';
import { kernelPrograms } from './kernel-programs.js';
import { DTYPES, note, openDevice, replays } from './options.js';

/** One rounding to 16 bits is 2^-9 of a value at most; these hold a few. NaN is never within. fp8 is held against the product of
 * rows rounded as its own are, from which GPUs differ by how they sum; the product of unrounded rows is 4e-2 away. */
const TOLERANCE = { f32: 1e-5, bf16: 1.5e-2, fp16: 2e-3, fp8: 2e-2 } as const;
/**
 * Kernel and composition round once each, where float32 sums may differ in their last bit; attention of short documents rounds the
 * weights of values too, as flash attention does, and the composition does not.
 */
const KERNEL_TOLERANCE = { f32: 1e-6, bf16: 3e-3, fp16: 4e-4, fp8: 2e-3 } as const;

describe.each(DTYPES.map((dtype) => ({ dtype })))('$dtype', ({ dtype }) => {
  let fused: Results;
  let composed: Results;
  let replayed: Results;
  const cases = casesOf(dtype);

  beforeAll(async () => {
    fused = await runAll(dtype, { fused: true });
    composed = await runAll(dtype, { fused: false });
    replayed = await runAll(dtype, { graphs: 'always' });
  });

  it('compiles its kernels: nothing fell back', () => {
    expect(fused.notes).toEqual([]);
  });

  it('replays its small passes', () => {
    expect(replayed.notes).toEqual([]);
    expect(replayed.replays).toBeGreaterThan(replays(dtype) ? cases.length / 2 : -1);
  });

  it.each(cases.map(([name], index) => [name, index] as const))('%s: replayed as launched', (name, index) => {
    const apart = relativeDifference(replayed.values[index]!, fused.values[index]!);
    note('kernels', { dtype, program: name, replayedFromLaunched: apart });
    expect(apart).toBeLessThanOrEqual(KERNEL_TOLERANCE[dtype]);
  });

  it.each(cases.map(([name], index) => [name, index] as const))(
    '%s: kernel as composition as reference',
    async (name, index) => {
      const expected = await cases[index]![2](new ReferenceOps());
      const apart = relativeDifference(fused.values[index]!, composed.values[index]!);
      const off = relativeDifference(fused.values[index]!, expected);
      note('kernels', { dtype, program: name, kernelFromComposition: apart, kernelFromReference: off });
      expect(apart).toBeLessThanOrEqual(KERNEL_TOLERANCE[dtype]);
      expect(off).toBeLessThanOrEqual(TOLERANCE[dtype]);
    },
  );
});

interface Results {
  readonly notes: readonly string[];
  readonly values: readonly Float32Array[];
  readonly replays: number;
}

/** One backend at a time: the addon has one device. */
async function runAll(dtype: string, options: Parameters<typeof openDevice>[1]): Promise<Results> {
  const ops = await openDevice(dtype, { graphs: 'never', ...options });
  const values: Float32Array[] = [];
  for (const [, program] of casesOf(dtype)) values.push(await program(ops));
  const { notes = [] } = ops.describe();
  note('kernels', { asked: options, ...ops.describe() });
  const { replays: count = 0 } = ops.memory();
  ops.close();
  // A backend that was told to launch says so in a note, and so it does of shapes that no kernel is for.
  return { notes: notes.filter((text) => !/asked for|does not serve/u.test(text)), values, replays: count };
}

/** Each with the program that gives the reference's answer; with fp8 that is one over rounded rows, and products are all there is. */
function casesOf(dtype: string): (readonly [name: string, program: Program, reference: Program])[] {
  if (dtype === 'fp8') return fp8Programs();
  return Object.entries(kernelPrograms()).map(([name, program]) => [name, program, program]);
}
