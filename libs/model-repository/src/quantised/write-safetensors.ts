import { closeSync, openSync, writeSync } from 'node:fs';
import { DTYPE_NAMES } from '../safetensors-header.js';
import { bytesOf, type WrittenTensor } from './written-tensor.js';

const ALIGNMENT = 8;

/** Writes a safetensors file, its tensors one after the other; answers the bytes of its data. */
export function writeSafetensors(file: string, tensors: readonly WrittenTensor[]): number {
  const entries: Record<string, object> = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const tensor of tensors) {
    const start = end;
    end += bytesOf(tensor);
    entries[tensor.name] = { dtype: DTYPE_NAMES[tensor.dtype], shape: tensor.shape, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  const padded = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  length.writeBigUInt64LE(BigInt(padded));
  const descriptor = openSync(file, 'w');
  try {
    writeWhole(descriptor, Buffer.concat([length, text, Buffer.alloc(padded - text.length, ' ')]));
    for (const tensor of tensors) for (const bytes of tensor.chunks()) writeWhole(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  return end;
}

/** One call may write less than it was given. */
function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done, bytes.length - done);
}
