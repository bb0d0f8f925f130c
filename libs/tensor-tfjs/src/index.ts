import type { TensorOps } from '#libs/tensor';
import { startTensorflow } from './node-runtime.js';
import { TfjsOps } from './tfjs-ops.js';

/** The portable backend: tfjs on WebAssembly with SIMD, one thread, float32. Throws when it does not come up. */
export async function createTfjsBackend(): Promise<TensorOps> {
  // Loaded here alone: with TensorFlow its binaries are not needed.
  const { startWasm } = await import('./wasm-runtime.js');
  return new TfjsOps(await startWasm());
}

/** tfjs on TensorFlow, by the package that the user installed; float32. Throws with what to do when it does not come up. */
export async function createTfjsNodeBackend(options: { gpu: boolean; threads: number }): Promise<TensorOps> {
  return new TfjsOps(await startTensorflow(options));
}
