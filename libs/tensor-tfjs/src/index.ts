import type { TensorOps } from '#libs/tensor';
import { TfjsOps } from './tfjs-ops.js';
import { startWasm } from './wasm-runtime.js';

/** The portable backend: tfjs on WebAssembly with SIMD, one thread, float32. Throws when it does not come up. */
export async function createTfjsBackend(): Promise<TensorOps> {
  const { version } = await startWasm();
  return new TfjsOps(version);
}
