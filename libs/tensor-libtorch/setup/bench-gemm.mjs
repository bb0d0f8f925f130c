// `npm run bench -- gemm`: the BLAS behind libtorch alone, with one thread and with one per core, in turn.
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { buildAddon } from './build-native.mjs';
import { run } from './run.mjs';

const ROWS = 1190; // 20 documents of 50 tokens: what bench engine multiplies

const addon = buildAddon();
if (addon !== undefined) {
  const folder = path.dirname(addon);
  run('cmake', ['--build', folder, '--target', 'gemm_bench'], { stdio: 'ignore' });
  console.log('| threads | called | multiplication | rows × inputs × outputs | best GFLOP/s |\n|---|---|---|---|---|');
  for (const threads of [1, os.availableParallelism()]) {
    const count = String(threads);
    const env = {
      ...process.env,
      OMP_NUM_THREADS: count,
      OPENBLAS_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      OMP_WAIT_POLICY: 'passive',
    };
    spawnSync(path.join(folder, 'gemm_bench'), [count, String(ROWS)], { env, stdio: 'inherit' });
  }
}
