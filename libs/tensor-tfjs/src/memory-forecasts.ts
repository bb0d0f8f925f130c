import os from 'node:os';
import type { MemoryForecast, MemoryNeed } from '#libs/tensor';

const FLOAT_BYTES = 4;
/** XNNPACK packs each weight of a multiplication and keeps the packed copy beside it. */
const WASM_COPIES_OF_LINEAR = 2;
/** The heap of tfjs's WebAssembly build cannot grow further. */
const MAX_HEAP_BYTES = 2 ** 31;

export function wasmForecast(need: MemoryNeed): MemoryForecast {
  return {
    bytes: bytesOf(need, WASM_COPIES_OF_LINEAR),
    bytesPerRow: FLOAT_BYTES * need.activationsPerRow,
    limitBytes: MAX_HEAP_BYTES,
    wayOut: 'use the libtorch backend, or a smaller model or MAX_LENGTH',
  };
}

/** TensorFlow on the CPU. On a GPU it says itself when memory is short: tfjs has no word for how much there is. */
export function tensorflowForecast(need: MemoryNeed, onGpu: boolean): MemoryForecast {
  return {
    bytes: bytesOf(need, 1),
    bytesPerRow: FLOAT_BYTES * need.activationsPerRow,
    ...(!onGpu && { limitBytes: Math.min(os.totalmem(), process.constrainedMemory() || Infinity) }),
    wayOut: 'use a machine with more memory, or a smaller model or MAX_LENGTH',
  };
}

/** The embedding stays on the host, in the checkpoint's own type: it does not count. */
function bytesOf(
  { linearParameters, vectorParameters, activationsPerRow, rows }: MemoryNeed,
  copiesOfLinear: number,
): number {
  return FLOAT_BYTES * (copiesOfLinear * linearParameters + vectorParameters + activationsPerRow * rows);
}
