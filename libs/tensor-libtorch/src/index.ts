import { LibtorchOps } from './libtorch-ops.js';
import { loadBinding, type NativeChoice } from './native-binding.js';
import { measureProducts } from './product-rate.js';

export { blasEnvironment } from './blas-environment.js';
export { compileKernels } from './compile-kernels.js';
export { nativePackage } from './native-binding.js';

/** `cpu` in `f32` where nothing else is said. */
export interface LibtorchOptions extends Partial<NativeChoice> {
  readonly threads: number;
  /** File of another addon than the one that was built, for one with a sanitizer. */
  readonly addon?: string;
}

const DEFAULTS = { device: 'cpu', dtype: 'f32', fused: true, tensors: false, graphs: 'auto', tiles: false } as const;

/**
 * libtorch on the CPU or on an NVIDIA GPU. Throws an error that says what to install when the addon is not there, and why a
 * device or dtype that was asked for cannot be had.
 */
export async function createLibtorchBackend({ addon, ...choice }: LibtorchOptions): Promise<LibtorchOps> {
  const native = loadBinding(addon);
  const opened = native.open({ ...DEFAULTS, ...choice });
  const products = opened.device === 'cpu' ? await measureProducts(native) : undefined;
  return new LibtorchOps(native, opened, choice.threads, products);
}
