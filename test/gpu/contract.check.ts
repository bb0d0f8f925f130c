import { describeOpsContract } from '../backends/ops-contract.js';
import { openDevice } from './options.js';

describeOpsContract('float32, fused kernels', () => openDevice('f32'));
describeOpsContract('float32, ATen operations alone', () => openDevice('f32', { fused: false }));
