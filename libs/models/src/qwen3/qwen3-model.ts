import {
  ropeOf,
  type KeyValues,
  type Pass,
  type Program,
  type SegmentLayout,
  type Tensor,
  type TensorOps,
} from '#libs/tensor';
import type { RerankerModel } from '../reranker-model.js';
import { decoderLayer, lastDecoderLayer, type Stream } from './decoder-layer.js';
import type { Qwen3Shape } from './qwen3-shape.js';
import type { Qwen3Weights } from './qwen3-weights.js';

/**
 * Qwen3 as a reranker: one prefill over packed segments, read at the last token of each document.
 * Follows transformers' modeling_qwen3.py in float32: pre-norm blocks, q and k normed per head before RoPE; with a shape that
 * says so, modeling_qwen2.py.
 */
export class Qwen3Model implements RerankerModel {
  private readonly program: Program;

  constructor(
    private readonly ops: TensorOps,
    private readonly shape: Qwen3Shape,
    private readonly weights: Qwen3Weights,
  ) {
    const rope = ropeOf(shape.ropeTheta, shape.headDim, shape.ropeScaling);
    this.program = ops.compile((pass) => this.forward(pass), rope);
  }

  score(layout: SegmentLayout): Promise<Float32Array> {
    return this.program.run(layout);
  }

  keyValues(tokens: number): KeyValues {
    const { layers, keyValueHeads, headDim } = this.shape;
    return this.ops.keyValues({ layers, tokens, width: keyValueHeads * headDim });
  }

  private forward(pass: Pass): Tensor {
    const { ops, shape, weights } = this;
    const step = { ops, shape, pass };
    const residual = ops.embed(weights.embedding, pass); // [T, H]
    let stream: Stream = { residual, normed: ops.rmsNorm(residual, weights.firstNorm, shape.rmsNormEps) };
    for (const layer of weights.layers) stream = decoderLayer(step, stream, layer);
    const { normed } = lastDecoderLayer(step, stream, weights.lastLayer); // [B, H], the model's final norm applied
    return ops.linear(normed, weights.scoreDirection); // [B, 1]: logit(yes) − logit(no)
  }
}
