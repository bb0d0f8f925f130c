import { LibtorchOps } from './libtorch-ops.js';
import { loadBinding } from './native-binding.js';
import { measureProducts } from './product-rate.js';

export { blasEnvironment } from './blas-environment.js';
export { compileKernels } from './compile-kernels.js';
export { nativePackage } from './native-binding.js';

export interface LibtorchOptions {
  readonly threads: number;
  /** `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:N`; `emulated`: the CPU with the kernels of a GPU (check:kernels:run). */
  readonly device?: string;
  /** `f32` (the default), `auto` (bf16 on a GPU, and on a CPU where its products pay), `bf16`, `int8` (CPU), `fp16` or `fp8` (GPU). */
  readonly dtype?: string;
  /** False: no kernels of our own on a GPU, to compare with them. */
  readonly fused?: boolean;
  /** The CPU runs passes the way a GPU does, to test that way without one. */
  readonly tensors?: boolean;
  /** `auto`: a GPU replays small passes that come again; `always`: every small pass is replayed, on the CPU too; `never`. */
  readonly graphs?: 'auto' | 'always' | 'never';
  /** The CPU attends in bf16, where it has tiles for that, to test it; its rows stay float32. */
  readonly tiles?: boolean;
  /** File of another addon than the one that was built, for one with a sanitizer. */
  readonly addon?: string;
}

/**
 * libtorch on the CPU or on an NVIDIA GPU. Throws an error that says what to install when the addon is not there, and why a
 * device or dtype that was asked for cannot be had.
 */
export async function createLibtorchBackend(options: LibtorchOptions): Promise<LibtorchOps> {
  const {
    threads,
    device = 'cpu',
    dtype = 'f32',
    fused = true,
    tensors = false,
    graphs = 'auto',
    tiles = false,
    addon,
  } = options;
  const native = loadBinding(addon);
  const opened = native.open({ threads, device, dtype, fused, tensors, graphs, tiles });
  const products = opened.device === 'cpu' ? await measureProducts(native) : undefined;
  return new LibtorchOps(native, opened, threads, products);
}
