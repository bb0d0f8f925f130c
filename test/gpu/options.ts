import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { TensorOps } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';

/** `cuda`, or `cpu` for a rehearsal, where passes run as on a GPU but for flash attention and fused kernels. */
const DEVICE = process.env['CHECK_DEVICE'] ?? 'cuda';
const FOLDER = process.env['CHECK_OUT'];

/** fp16 is a GPU's: older libtorch does not multiply in it on the CPU. */
export const DTYPES = DEVICE === 'cpu' ? (['f32', 'bf16'] as const) : (['f32', 'bf16', 'fp16'] as const);

export function openDevice(dtype: string, { fused = true } = {}): Promise<TensorOps> {
  return createLibtorchBackend({ threads: 2, device: DEVICE, dtype, fused, tensors: DEVICE === 'cpu' });
}

/** A line of JSON for the report: what was compared and how far apart it was. */
export function note(file: string, line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (FOLDER !== undefined) appendFileSync(path.join(FOLDER, `${file}.jsonl`), `${JSON.stringify(line)}\n`);
}
