import type { TensorOps } from '#libs/tensor';
import { LibtorchOps } from './libtorch-ops.js';
import { loadBinding } from './native-binding.js';

export interface LibtorchOptions {
  readonly threads: number;
  /** File of another addon than the one that was built, for one with a sanitizer. */
  readonly addon?: string;
}

/** libtorch on the CPU, float32. Throws an error that says what to install when the addon is not there. */
export async function createLibtorchBackend({ threads, addon }: LibtorchOptions): Promise<TensorOps> {
  const native = loadBinding(addon);
  return new LibtorchOps(native, native.open(threads), threads);
}
