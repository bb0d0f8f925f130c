// Loads an addon as the engine will, times a product, and says in one line what is running: `node try-addon.mjs ADDON`, in a process
// of its own, for libtorch and its BLAS read the environment when they are loaded.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

const threads = os.availableParallelism();
const file = fileURLToPath(import.meta.url);

/** Throws with what the loader said when the addon does not load. */
export function tryAddon(addon) {
  const count = String(threads);
  const env = { ...process.env, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, OMP_WAIT_POLICY: 'passive' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, addon], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the addon was built but does not load: ${stderr}`);
  return stdout.trim();
}

if (process.argv[1] === file) {
  const native = createRequire(file)(process.argv[2]);
  const choice = { threads, device: 'cpu', dtype: 'f32', fused: true, tensors: false, graphs: 'never' };
  const { version } = native.open(choice);
  const [gflops] = await native.productRates();
  const { name, version: of, kernels } = native.blas();
  const library = [name, of, kernels && `(kernels for ${kernels})`].filter(Boolean).join(' ');
  console.log(
    `libtorch ${version} with ${library || 'its BLAS'}: ${Math.round(gflops)} GFLOP/s in float32 on ${threads} threads`,
  );
  native.close();
}
