import type { MemoryForecast, MemoryNeed } from '#libs/tensor';

const FLOAT_BYTES = 4;
/** XNNPACK packs each weight of a multiplication and keeps the packed copy beside it. */
const COPIES_OF_LINEAR = 2;
/** The heap of tfjs's WebAssembly build cannot grow further. */
export const MAX_HEAP_BYTES = 2 ** 31;

/** The embedding stays outside the heap, in the checkpoint's own type: it does not count. */
export function forecast({ linearParameters, vectorParameters, activationsPerRow, rows }: MemoryNeed): MemoryForecast {
  const weights = COPIES_OF_LINEAR * linearParameters + vectorParameters;
  return {
    bytes: FLOAT_BYTES * (weights + activationsPerRow * rows),
    limitBytes: MAX_HEAP_BYTES,
    wayOut: 'use the libtorch backend, or a smaller model or MAX_LENGTH',
  };
}
