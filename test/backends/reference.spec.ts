import { describeOpsContract } from './ops-contract.js';
import { ReferenceOps } from './reference-ops.js';

// It judges the others by itself; what is pinned by hand here, and the goldens of transformers in test/parity, judge it.
describeOpsContract('reference', async () => new ReferenceOps());
