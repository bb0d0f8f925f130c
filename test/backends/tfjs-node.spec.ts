import { describe, expect, it } from 'vitest';
import { createTfjsNodeBackend } from '#libs/tensor-tfjs';
import { TFJS_NODE_BUILT } from '../support/backends.js';
import { describeOpsContract } from './ops-contract.js';

// Skipped where the package is not installed: `npm run tfjs-node` brings it.
describe.skipIf(!TFJS_NODE_BUILT)('TensorFlow through tfjs-node', () => {
  describeOpsContract('tfjs-node', () => createTfjsNodeBackend({ gpu: false, threads: 2 }));

  it('says which TensorFlow it runs on', async () => {
    const ops = await createTfjsNodeBackend({ gpu: false, threads: 2 });
    expect(ops.describe()).toMatchObject({ backend: 'tfjs-node', device: 'cpu', dtype: 'f32' });
    expect(ops.describe().version).toMatch(/^4\.22\.0 on TensorFlow 2\./u);
  });
});

describe.skipIf(TFJS_NODE_BUILT)('without the package', () => {
  it('says what is missing and what to do', async () => {
    await expect(createTfjsNodeBackend({ gpu: false, threads: 1 })).rejects.toThrow(/npm run tfjs-node/u);
  });
});
