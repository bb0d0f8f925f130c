import type { StoredTensor, Tensor, TensorOps } from '#libs/tensor';
import type { Qwen3Shape } from './qwen3-shape.js';

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
  readonly qkv: Tensor; // [(Hq + 2 Hkv) · headDim, H]
}

/** The last layer needs k and v of every row, q of the scored ones alone. */
export interface LastLayerWeights extends BlockWeights {
  readonly q: Tensor; // [Hq · headDim, H]
  readonly kv: Tensor; // [2 Hkv · headDim, H]
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
    const { block, linear } = layerLoader(ops, source, index, last);
    layers.push({ ...block, qkv: linear('self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj') });
    await onLayer(index + 1);
  }
  const { block, linear } = layerLoader(ops, source, last, last);
  const lastLayer = {
    ...block,
    q: linear('self_attn.q_proj'),
    kv: linear('self_attn.k_proj', 'self_attn.v_proj'),
  };
  await onLayer(shape.layers);
  return {
    embedding,
    firstNorm: ops.vectorWeight(source.tensor('model.layers.0.input_layernorm.weight')),
    layers,
    lastLayer,
    scoreDirection: ops.linearWeight([inMemory('score_direction', source.scoreDirection)]),
  };
}

function layerLoader(ops: TensorOps, source: Qwen3Source, index: number, last: number) {
  const stored = (name: string) => source.tensor(`model.layers.${index}.${name}.weight`);
  const linear = (...names: string[]) => ops.linearWeight(names.map((name) => stored(name)));
  const nextNorm = index === last ? 'model.norm.weight' : `model.layers.${index + 1}.input_layernorm.weight`;
  const block: BlockWeights = {
    index,
    qNorm: ops.vectorWeight(stored('self_attn.q_norm')),
    kNorm: ops.vectorWeight(stored('self_attn.k_norm')),
    output: linear('self_attn.o_proj'),
    postAttentionNorm: ops.vectorWeight(stored('post_attention_layernorm')),
    gateUp: linear('mlp.gate_proj', 'mlp.up_proj'),
    down: linear('mlp.down_proj'),
    nextNorm: ops.vectorWeight(source.tensor(nextNorm)),
  };
  return { block, linear };
}

function inMemory(name: string, values: Float32Array): StoredTensor {
  return {
    name,
    dtype: 'float32',
    shape: [1, values.length],
    read: () => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}
