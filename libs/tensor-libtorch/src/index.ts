import type { TensorOps } from '#libs/tensor';
import { LibtorchOps } from './libtorch-ops.js';
import { loadBinding } from './native-binding.js';

/** libtorch on the CPU, float32. Throws an error that says what to install when the addon is not there. */
export async function createLibtorchBackend({ threads }: { readonly threads: number }): Promise<TensorOps> {
  const native = loadBinding();
  return new LibtorchOps(native, native.open(threads), threads);
}
