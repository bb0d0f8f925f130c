import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { TensorOps } from '#libs/tensor';
import { createLibtorchBackend, type LibtorchOptions } from '#libs/tensor-libtorch';

/** `cuda`; `cpu` for a rehearsal, where passes run as on a GPU but for flash attention and fused kernels; `emulated` with these. */
const DEVICE = process.env['CHECK_DEVICE'] ?? 'cuda';
const FOLDER = process.env['CHECK_OUT'];

/** fp16 is a GPU's: older libtorch does not multiply in it on the CPU. fp8 is for GPUs that have it; the CPU emulates it. */
export const DTYPES = [
  'f32',
  'bf16',
  ...(DEVICE !== 'cuda' ? [] : (['fp16'] as const)),
  ...(process.env['CHECK_FP8'] === 'true' ? (['fp8'] as const) : []),
] as const;

export function openDevice(dtype: string, options: Pick<LibtorchOptions, 'fused' | 'graphs'> = {}): Promise<TensorOps> {
  return createLibtorchBackend({ threads: 2, device: DEVICE, dtype, tensors: DEVICE === 'cpu', ...options });
}

/** Attention in float32 cannot be recorded on a GPU. */
export function replays(dtype: string): boolean {
  return DEVICE !== 'cuda' || dtype !== 'f32';
}

/** A line of JSON for the report: what was compared and how far apart it was. */
export function note(file: string, line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (FOLDER !== undefined) appendFileSync(path.join(FOLDER, `${file}.jsonl`), `${JSON.stringify(line)}\n`);
}
