import type { WrittenTensor } from '../support/write-safetensors.js';

/** A tensor as a golden has it. */
export interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** base64 */
  readonly bytes: string;
}

export function written({ dtype, shape, bytes }: GoldenTensor): WrittenTensor {
  return { dtype, shape, bytes: Buffer.from(bytes, 'base64') };
}
