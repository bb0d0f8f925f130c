import type { StoredTensor, Tensor, TensorOps } from '#libs/tensor';
import { inMemory, laidEndToEnd } from './derived-tensors.js';
import { headNorm } from './head-norms.js';
import type { PreciseWeights } from './precise-weights.js';
import type { Product, Qwen3Shape } from './qwen3-shape.js';

/** x · weightᵀ, plus the bias where the model has one. */
export interface Projection {
  readonly weight: Tensor; // [N, H]
  readonly bias?: Tensor; // [N]
}

/** What every decoder layer holds besides its projections of q, k and v. */
export interface BlockWeights {
  readonly index: number;
  readonly qNorm: Tensor; // [headDim]
  readonly kNorm: Tensor; // [headDim]
  readonly output: Tensor; // [H, Hq · headDim]
  readonly postAttentionNorm: Tensor; // [H]
  readonly gateUp: Tensor; // [2I, H]
  readonly down: Tensor; // [H, I]
  /** The norm that follows the block: the next layer's input norm, or the model's final norm. */
  readonly nextNorm: Tensor; // [H]
}

/** Every layer but the last projects q, k and v at once. */
export interface LayerWeights extends BlockWeights {
  readonly qkv: Projection; // [(Hq + 2 Hkv) · headDim, H]
}

/** The last layer needs k and v of every row, q of the scored ones alone. */
export interface LastLayerWeights extends BlockWeights {
  readonly q: Projection; // [Hq · headDim, H]
  readonly kv: Projection; // [2 Hkv · headDim, H]
}

export interface Qwen3Weights {
  readonly embedding: Tensor; // [V, H]
  readonly firstNorm: Tensor; // [H]
  readonly layers: readonly LayerWeights[];
  readonly lastLayer: LastLayerWeights;
  /** W[yes] − W[no], the two-row head folded to one: [1, H]. */
  readonly scoreDirection: Tensor;
}

/** Where the weights come from: a checkpoint that was checked, and the head's direction derived from it. */
export interface Qwen3Source {
  tensor(name: string): StoredTensor;
  /** [H] float32. */
  readonly scoreDirection: Float32Array;
  /** Absent: all weights in the backend's format. */
  readonly precise?: PreciseWeights;
}

/** Loads the weights, fused where one multiplication can serve; `onLayer` is awaited after each layer (progress, a yield). */
export async function loadQwen3Weights(
  ops: TensorOps,
  shape: Qwen3Shape,
  source: Qwen3Source,
  onLayer: (loaded: number) => Promise<void>,
): Promise<Qwen3Weights> {
  const embedding = ops.embeddingTable(source.tensor('model.embed_tokens.weight'));
  const last = shape.layers - 1;
  const layers: LayerWeights[] = [];
  for (let index = 0; index < last; index += 1) {
    const { block, projection } = layerLoader(ops, shape, source, index);
    layers.push({ ...block, qkv: projection('q', 'k', 'v') });
    await onLayer(index + 1);
  }
  const { block, projection } = layerLoader(ops, shape, source, last);
  const lastLayer = { ...block, q: projection('q'), kv: projection('k', 'v') };
  await onLayer(shape.layers);
  return {
    embedding,
    firstNorm: ops.vectorWeight(source.tensor('model.layers.0.input_layernorm.weight')),
    layers,
    lastLayer,
    scoreDirection: ops.linearWeight([inMemory('score_direction', [1, shape.hiddenSize], source.scoreDirection)]),
  };
}

function layerLoader(ops: TensorOps, shape: Qwen3Shape, source: Qwen3Source, index: number) {
  const stored = (name: string) => source.tensor(`model.layers.${index}.${name}`);
  const linear = (product: Product, ...names: string[]) =>
    ops.linearWeight(
      names.map((name) => stored(`${name}.weight`)),
      source.precise?.has(index, product),
    );
  const projection = (...parts: ('q' | 'k' | 'v')[]): Projection => {
    const names = parts.map((part) => `self_attn.${part}_proj`);
    const weight = linear('qkv_proj', ...names);
    if (shape.isQwen2 !== true) return { weight };
    return { weight, bias: ops.vectorWeight(laidEndToEnd(names.map((name) => stored(`${name}.bias`)))) };
  };
  const isLast = index === shape.layers - 1;
  const nextNorm = isLast ? 'model.norm.weight' : `model.layers.${index + 1}.input_layernorm.weight`;
  const block: BlockWeights = {
    index,
    qNorm: ops.vectorWeight(headNorm(shape, () => stored('self_attn.q_norm.weight'))),
    kNorm: ops.vectorWeight(headNorm(shape, () => stored('self_attn.k_norm.weight'))),
    output: linear('o_proj', 'self_attn.o_proj'),
    postAttentionNorm: ops.vectorWeight(stored('post_attention_layernorm.weight')),
    gateUp: linear('gate_up_proj', 'mlp.gate_proj', 'mlp.up_proj'),
    down: linear('down_proj', 'mlp.down_proj'),
    nextNorm: ops.vectorWeight(source.tensor(nextNorm)),
  };
  return { block, projection };
}
