import type { HeadGroup, Pass, Rows, Tensor, TensorOps } from '#libs/tensor';
import type { Qwen3Shape } from './qwen3-shape.js';
import { headNormEps } from './head-norms.js';
import type { BlockWeights, LastLayerWeights, LayerWeights, Projection } from './qwen3-weights.js';

/** What every step of a pass needs. */
export interface Step {
  readonly ops: TensorOps;
  readonly shape: Qwen3Shape;
  readonly pass: Pass;
}

/** The residual stream and its normed copy, which the next projection reads. Both [R, H]. */
export interface Stream {
  readonly residual: Tensor;
  readonly normed: Tensor;
}

/** One pre-norm block over all rows. */
export function decoderLayer(step: Step, stream: Stream, weights: LayerWeights): Stream {
  const { ops, shape, pass } = step;
  const qkv = project(step, stream.normed, weights.qkv); // [T, (Hq + 2 Hkv) · D]
  const groups = [queryHeads(shape, weights), ...keyValueHeads(shape, weights)];
  const [q, k, v] = splitHeads(step, qkv, groups, 'all') as [Tensor, Tensor, Tensor];
  const attended = ops.attention({ q, k, v }, pass, { layer: weights.index, rows: 'all' }); // [T, Hq · D]
  return blockEnd(step, { residual: stream.residual, attended }, weights);
}

/**
 * The last block: only the final token of each document is read, so q, the attention output and the MLP are computed for
 * those rows alone; the other rows are needed as keys and values only.
 */
export function lastDecoderLayer(step: Step, stream: Stream, weights: LastLayerWeights): Stream {
  const { ops, shape, pass } = step;
  const kv = project(step, stream.normed, weights.kv); // [T, 2 Hkv · D]
  const [k, v] = splitHeads(step, kv, keyValueHeads(shape, weights), 'all') as [Tensor, Tensor];
  const projected = project(step, ops.gatherScored(stream.normed, pass), weights.q); // [B, Hq · D]
  const [q] = splitHeads(step, projected, [queryHeads(shape, weights)], 'scored') as [Tensor];
  const attended = ops.attention({ q, k, v }, pass, { layer: weights.index, rows: 'scored' }); // [B, Hq · D]
  const residual = ops.gatherScored(stream.residual, pass); // [B, H]
  return blockEnd(step, { residual, attended }, weights);
}

function project({ ops }: Step, x: Tensor, { weight, bias }: Projection): Tensor {
  const projected = ops.linear(x, weight);
  return bias === undefined ? projected : ops.addBias(projected, bias);
}

function blockEnd(
  step: Step,
  { residual, attended }: { residual: Tensor; attended: Tensor },
  weights: BlockWeights,
): Stream {
  const { ops } = step;
  const eps = step.shape.rmsNormEps;
  const delta = ops.linear(attended, weights.output); // [R, H]
  const middle = ops.addRmsNorm(residual, delta, weights.postAttentionNorm, eps); // two of [R, H]
  const gateUp = ops.linear(middle.normed, weights.gateUp); // [R, 2I]
  const mlp = ops.linear(ops.swiglu(gateUp), weights.down); // [R, H]
  return ops.addRmsNorm(middle.residual, mlp, weights.nextNorm, eps);
}

function splitHeads({ ops, shape, pass }: Step, fused: Tensor, groups: readonly HeadGroup[], rows: Rows): Tensor[] {
  return ops.splitHeads(fused, groups, pass, { rows, eps: headNormEps(shape) });
}

function queryHeads(shape: Qwen3Shape, weights: BlockWeights): HeadGroup {
  return { heads: shape.heads, norm: weights.qNorm };
}

function keyValueHeads(shape: Qwen3Shape, weights: BlockWeights): HeadGroup[] {
  return [{ heads: shape.keyValueHeads, norm: weights.kNorm }, { heads: shape.keyValueHeads }];
}
