import { describe } from 'vitest';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { NATIVE_BUILT } from '../support/backends.js';
import { describeOpsContract } from './ops-contract.js';

// Skipped where the addon is not built: test/run.mjs says so at the end.
describe.skipIf(!NATIVE_BUILT)('native addon', () => {
  describeOpsContract('libtorch', () => createLibtorchBackend({ threads: 2 }));
  // The same operations and the same attention as on a GPU, but for flash attention and the fused kernels: check gpu has those.
  describeOpsContract('libtorch on tensors', () => createLibtorchBackend({ threads: 2, tensors: true }));
  // Small passes over memory that stays, with room for more than they need, as CUDA graphs replay them.
  describeOpsContract('libtorch on tensors, replayed', () =>
    createLibtorchBackend({ threads: 2, tensors: true, graphs: 'always' }),
  );
});
