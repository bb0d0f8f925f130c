import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tensor } from '#libs/tensor';

/** A two-dimensional tfjs tensor: WebAssembly multiplies matrices ten times faster without a batch dimension. */
export class TfjsTensor implements Tensor {
  constructor(readonly value: Tensor2D) {}

  get shape(): readonly number[] {
    return this.value.shape;
  }
}

/** The tfjs tensor behind a handle; throws on a handle of another backend. */
export function own(tensor: Tensor): Tensor2D {
  if (tensor instanceof TfjsTensor) return tensor.value;
  throw new TypeError('this tensor was made by another backend');
}
