import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TensorOps } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { NATIVE_BUILT } from '../support/backends.js';
import { fp8Programs, FP8_REFUSAL, FP8_TOLERANCE } from './fp8-programs.js';
import { ReferenceOps } from './reference-ops.js';
import { relativeDifference } from './workbench.js';

// The CPU emulates what a GPU multiplies: the same rounding of the same rows, with sums of float32.
describe.skipIf(!NATIVE_BUILT)('DTYPE=fp8, emulated', () => {
  let ops: TensorOps;
  /** What a libtorch that is too old for GPUs says. */
  let refusal: string | undefined;

  beforeAll(async () => {
    try {
      ops = await createLibtorchBackend({ threads: 2, dtype: 'fp8', tensors: true });
    } catch (error) {
      const { message } = error as Error;
      if (!message.startsWith(FP8_REFUSAL)) throw error;
      refusal = message;
    }
  });

  beforeEach(({ skip }) => {
    if (refusal !== undefined) skip(refusal);
  });

  afterAll(() => {
    if (refusal === undefined) ops.close();
  });

  it.each(fp8Programs())('%s', async (_, program, rounded) => {
    const expected = await rounded(new ReferenceOps());
    expect(relativeDifference(await program(ops), expected)).toBeLessThanOrEqual(FP8_TOLERANCE);
  });

  it('counts a weight as one byte a number and four a row', () => {
    expect(ops.describe().dtype).toBe('fp8');
    const need = {
      linearParameters: 1000,
      tableParameters: 0,
      vectorParameters: 10,
      activationsPerRow: 3,
      keyValuesPerRow: 2,
      rows: 5,
    };
    expect(ops.forecastMemory(need).bytes).toBe(1000 + 4 * 10 + 2 * 3 * 5);
  });
});

describe.skipIf(!NATIVE_BUILT)('DTYPE=fp8 on the CPU', () => {
  it('is refused with what would serve', async () => {
    const opened = createLibtorchBackend({ threads: 2, device: 'cpu', dtype: 'fp8' });
    await expect(opened).rejects.toThrow('DTYPE must be auto, f32, bf16 or int8 on the CPU, got fp8');
  });
});
