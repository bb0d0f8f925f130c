import type { TensorOps } from '#libs/tensor';

export function attendTree(ops: TensorOps): Promise<Float32Array>;
export function attendBeside(ops: TensorOps, value: number): Promise<Float32Array>;
