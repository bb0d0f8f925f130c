import path from 'node:path';
import { ROOT } from './locate.mjs';

/** The files of the GPU's kernels, in the order in which they are compiled as one text; CMakeLists.txt has the same. */
export const KERNEL_SOURCES = ['elements.cuh', 'arguments.cuh', 'fused.cu', 'quantise.cu', 'attention.cu'].map((name) =>
  path.join(ROOT, 'libs/tensor-libtorch/native/src/device', name),
);
