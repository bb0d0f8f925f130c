import { describe, expect, it } from 'vitest';
import { layOut, type TensorOps } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { NATIVE_BUILT } from '../support/backends.js';
import { loadSmallQwen3 } from './small-qwen3.js';

// In bf16 and int8 the CPU does what looks at one row at a time for 960 rows after the other: these batches have more.
const DOCUMENTS = [300, 700, 5, 451, 960, 33].map((length, index) =>
  Int32Array.from({ length }, (_, position) => (7 * position + 31 * index) % 512),
);

describe.skipIf(!NATIVE_BUILT)('a batch of more rows than are done at a time', () => {
  it.for(['bf16', 'int8'])('scores in %s as its documents do alone', async (dtype, { skip }) => {
    const ops = await createLibtorchBackend({ threads: 2, device: 'cpu', dtype }).catch((error: Error) => {
      // Without instructions for it a format is slower than float32 and refused.
      if (error.message.includes('does not pay on this processor')) return skip(error.message);
      throw error;
    });
    try {
      const together = await scores(ops, DOCUMENTS);
      for (const [index, document] of DOCUMENTS.entries()) {
        const [alone] = await scores(ops, [document]);
        expect(Math.abs(alone! - together[index]!)).toBeLessThan(1e-3);
      }
      expect(new Set(together).size).toBe(DOCUMENTS.length);
    } finally {
      ops.close();
    }
  });
});

async function scores(ops: TensorOps, documents: readonly Int32Array[]): Promise<Float32Array> {
  const model = await loadSmallQwen3(ops);
  return model.score(layOut(documents.map((ids) => ({ ids, scored: true }))));
}
