import { describe } from 'vitest';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { NATIVE_BUILT } from '../support/backends.js';
import { describeOpsContract } from './ops-contract.js';

// Skipped where the addon is not built: test/run.mjs says so at the end.
describe.skipIf(!NATIVE_BUILT)('native addon', () => {
  describeOpsContract('libtorch', () => createLibtorchBackend({ threads: 2 }));
});
