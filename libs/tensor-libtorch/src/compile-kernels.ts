import { loadBinding, type NativeDtype } from './native-binding.js';

/** Compiles the GPU kernels for an architecture such as sm_90; answers their size in bytes. Needs NVRTC, but no GPU. */
export function compileKernels(architecture: string, dtype: NativeDtype): number {
  return loadBinding().compileKernels(architecture, dtype);
}
