import { loadBinding, type NativeCode, type NativeDtype } from './native-binding.js';

/** Compiles the GPU kernels for an architecture such as sm_90. Needs NVRTC, but no GPU. */
export function compileKernels(architecture: string, dtype: NativeDtype): NativeCode {
  return loadBinding().compileKernels(architecture, dtype);
}
