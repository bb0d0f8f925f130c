import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { float32Tensor, writeSafetensors, type WrittenTensor } from './write-safetensors.js';

/** What a test changes of the tiny checkpoint; undefined takes a key or a tensor away. */
export interface TinyChanges {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tensors?: Readonly<Record<string, WrittenTensor | undefined>>;
  /** Tensors are dealt out to this many files in turn, with an index. */
  readonly shards?: number;
}

/** config.json of a causal Qwen3 of two layers, as transformers 4 writes it. */
export const TINY_CONFIG: Readonly<Record<string, unknown>> = {
  architectures: ['Qwen3ForCausalLM'],
  attention_bias: false,
  head_dim: 4,
  hidden_act: 'silu',
  hidden_size: 8,
  intermediate_size: 6,
  max_position_embeddings: 64,
  max_window_layers: 2,
  model_type: 'qwen3',
  num_attention_heads: 4,
  num_hidden_layers: 2,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: null,
  tie_word_embeddings: true,
  torch_dtype: 'float32',
  use_sliding_window: false,
  vocab_size: 10,
};

// [out, in]; heads × head_dim is 16 and no multiple of the hidden size decides it.
const LAYER_SHAPES: Readonly<Record<string, readonly number[]>> = {
  'input_layernorm.weight': [8],
  'mlp.down_proj.weight': [8, 6],
  'mlp.gate_proj.weight': [6, 8],
  'mlp.up_proj.weight': [6, 8],
  'post_attention_layernorm.weight': [8],
  'self_attn.k_norm.weight': [4],
  'self_attn.k_proj.weight': [8, 8],
  'self_attn.o_proj.weight': [8, 16],
  'self_attn.q_norm.weight': [4],
  'self_attn.q_proj.weight': [16, 8],
  'self_attn.v_proj.weight': [8, 8],
};

/** Writes config.json and weights; element i of tensor t holds a value that only it has. No tokenizer.json. */
export function writeTinyCheckpoint(folder: string, { config = {}, tensors = {}, shards = 1 }: TinyChanges = {}): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...TINY_CONFIG, ...config }));
  const written = Object.entries({ ...tinyTensors(), ...tensors }).filter(isThere);
  if (shards === 1) return writeSafetensors(path.join(folder, 'model.safetensors'), Object.fromEntries(written));
  const fileOf = (index: number): string => `model-${(index % shards) + 1}-of-${shards}.safetensors`;
  for (let shard = 0; shard < shards; shard += 1) {
    const part = written.filter((_, index) => index % shards === shard);
    writeSafetensors(path.join(folder, fileOf(shard)), Object.fromEntries(part));
  }
  const weightMap = Object.fromEntries(written.map(([name], index) => [name, fileOf(index)]));
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
}

/** The tensors of TINY_CONFIG, float32, by name. */
export function tinyTensors(): Record<string, WrittenTensor> {
  const shapes: [string, readonly number[]][] = [
    ['model.embed_tokens.weight', [10, 8]],
    ['model.norm.weight', [8]],
  ];
  for (const layer of [0, 1]) {
    for (const [name, shape] of Object.entries(LAYER_SHAPES)) shapes.push([`model.layers.${layer}.${name}`, shape]);
  }
  return Object.fromEntries(
    shapes.map(([name, shape], tensor) => [name, float32Tensor(shape, (index) => tensor + (index + 1) / 1024)]),
  );
}

function isThere(entry: [string, WrittenTensor | undefined]): entry is [string, WrittenTensor] {
  return entry[1] !== undefined;
}
