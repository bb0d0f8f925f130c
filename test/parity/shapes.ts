import { readFileSync } from 'node:fs';
import { type HashRule } from './hash-weights.js';

export type StoredType = 'float32' | 'bfloat16' | 'float16';

/** A configuration; that of a model for images has the sizes of its part for text inside. */
export type ShapeConfig = TextConfig & { readonly text_config?: TextConfig };

/** The part of a Hugging Face config.json that decides which tensors exist; the rest is passed through. */
interface TextConfig {
  readonly architectures: readonly string[];
  readonly model_type: string;
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  /** Absent in Qwen2: the width shared out among the heads. */
  readonly head_dim?: number;
  readonly tie_word_embeddings: boolean;
  readonly id2label?: Readonly<Record<string, string>>;
}

/** One entry of shapes.json: a checkpoint whose weights are hashed from their names. */
export interface Shape {
  readonly about: string;
  readonly dtype: StoredType;
  readonly shards: number;
  /** Width of the interval that each kind of tensor fills, centred on 0. */
  readonly scales: Readonly<Record<string, number>>;
  readonly config: ShapeConfig;
}

/** One tensor to store; linear weights are [out, in]. */
export interface ShapeTensor {
  readonly name: string;
  readonly size: readonly number[];
  readonly rule: HashRule;
  readonly shard: number;
}

type Named = readonly [name: string, kind: string, size: readonly number[]];

/** Every shape of shapes.json by name. */
export function loadShapes(): Readonly<Record<string, Shape>> {
  const text = readFileSync(new URL('shapes.json', import.meta.url), 'utf8');
  return withWholeConfigs((JSON.parse(text) as { shapes: Record<string, Shape> }).shapes);
}

/** A stored config says only in what it differs from that of the shape which its `like` names: a JSON merge patch, RFC 7386. */
export function withWholeConfigs<Stored extends Pick<Shape, 'config'>>(shapes: Readonly<Record<string, Stored>>) {
  const configOf = ({ config }: Stored): ShapeConfig => {
    const { like, ...own } = config as ShapeConfig & { readonly like?: string };
    return like === undefined ? own : (patched(configOf(shapes[like]!), own) as ShapeConfig);
  };
  const whole = Object.entries(shapes).map(([name, shape]) => [name, { ...shape, config: configOf(shape) }] as const);
  return Object.fromEntries(whole);
}

function patched(base: object, patch: object): object {
  const whole: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch) as [string, unknown][]) {
    if (value === null) delete whole[key];
    else if (typeof value !== 'object' || Array.isArray(value)) whole[key] = value;
    else whole[key] = patched(whole[key] ?? {}, value);
  }
  return whole;
}

/** All stored tensors; the shards are filled layer by layer. Twin of list_tensors in checkpoint.py. */
export function listTensors(shape: Shape): readonly ShapeTensor[] {
  const { shards } = shape;
  const config = shape.config.text_config ?? shape.config;
  const { hidden_size: hidden, num_hidden_layers: layers, vocab_size: vocabulary } = config;
  const tensors: ShapeTensor[] = [];
  const placeOf = (name: string) =>
    shape.config.text_config === undefined ? name : name.replace(/^model\./u, 'model.language_model.');
  const add = (shard: number, named: readonly Named[]): void => {
    for (const [name, kind, size] of named) {
      const suffix = kind === 'bias' ? 'bias' : 'weight';
      tensors.push({ name: `${placeOf(name)}.${suffix}`, size, rule: ruleOf(shape, kind), shard });
    }
  };
  add(0, [['model.embed_tokens', 'embed_tokens', [vocabulary, hidden]]]);
  for (let layer = 0; layer < layers; layer += 1) {
    add(Math.floor((layer * shards) / layers), layerTensors(config, `model.layers.${layer}`));
  }
  add(shards - 1, [['model.norm', 'norm', [hidden]]]);
  if (shape.config.architectures[0] === 'Qwen3ForSequenceClassification') {
    add(shards - 1, [['score', 'score', [Object.keys(config.id2label ?? {}).length, hidden]]]);
  } else if (!shape.config.tie_word_embeddings) {
    add(shards - 1, [['lm_head', 'lm_head', [vocabulary, hidden]]]);
  }
  return tensors;
}

function layerTensors(config: TextConfig, prefix: string): readonly Named[] {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const { head_dim: head = hidden / heads } = config;
  const query = heads * head;
  const key = config.num_key_value_heads * head;
  return [
    [`${prefix}.input_layernorm`, 'norm', [hidden]],
    [`${prefix}.self_attn.q_proj`, 'q_proj', [query, hidden]],
    [`${prefix}.self_attn.k_proj`, 'k_proj', [key, hidden]],
    [`${prefix}.self_attn.v_proj`, 'v_proj', [key, hidden]],
    ...attentionVectors(config, prefix, { query, key, head }),
    [`${prefix}.self_attn.o_proj`, 'o_proj', [hidden, query]],
    [`${prefix}.post_attention_layernorm`, 'norm', [hidden]],
    [`${prefix}.mlp.gate_proj`, 'gate_proj', [inner, hidden]],
    [`${prefix}.mlp.up_proj`, 'up_proj', [inner, hidden]],
    [`${prefix}.mlp.down_proj`, 'down_proj', [hidden, inner]],
  ];
}

/** Qwen2 has biases in place of head norms. */
function attentionVectors(
  { model_type: type }: TextConfig,
  prefix: string,
  { query, key, head }: Readonly<Record<'query' | 'key' | 'head', number>>,
): readonly Named[] {
  if (type !== 'qwen2') {
    return [
      [`${prefix}.self_attn.q_norm`, 'norm', [head]],
      [`${prefix}.self_attn.k_norm`, 'norm', [head]],
    ];
  }
  return [
    [`${prefix}.self_attn.q_proj`, 'bias', [query]],
    [`${prefix}.self_attn.k_proj`, 'bias', [key]],
    [`${prefix}.self_attn.v_proj`, 'bias', [key]],
  ];
}

function ruleOf(shape: Shape, kind: string): HashRule {
  // Norm weights lie in 0.5-1.5 everywhere: a forgotten norm weight must show, and none may be zero.
  if (kind === 'norm') return { scale: 1, offset: 1 };
  const scale = shape.scales[kind];
  if (scale === undefined) throw new Error(`shapes.json gives no scale for ${kind}`);
  return { scale, offset: 0 };
}
