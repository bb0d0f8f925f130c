import { keep, type Tensor2D } from '@tensorflow/tfjs-core';
import type { KeyValues } from '#libs/tensor';

const FLOAT_BYTES = 4;

export interface KeyValueSize {
  readonly layers: number;
  readonly tokens: number;
  readonly width: number;
}

/** Keys and values of a segment, a pair of [tokens, width] per layer, filled in by the pass that computes it. */
export class TfjsKeyValues implements KeyValues {
  readonly tokens: number;
  readonly bytes: number;
  private readonly layers: { readonly k: Tensor2D; readonly v: Tensor2D }[] = [];

  constructor({ layers, tokens, width }: KeyValueSize) {
    this.tokens = tokens;
    this.bytes = layers * 2 * tokens * width * FLOAT_BYTES;
  }

  /** Takes over both tensors. */
  store(layer: number, k: Tensor2D, v: Tensor2D): void {
    this.layers[layer] = { k: keep(k), v: keep(v) };
  }

  layer(index: number): { readonly k: Tensor2D; readonly v: Tensor2D } {
    const stored = this.layers[index];
    if (stored === undefined) throw new Error(`layer ${index} of a kept segment was never stored`);
    return stored;
  }

  dispose(): void {
    for (const { k, v } of this.layers.splice(0)) {
      k.dispose();
      v.dispose();
    }
  }
}
