import path from 'node:path';
import type { StoredDtype } from '#libs/tensor';
import { ConfigReader } from './config-reader.js';
import { readJsonObject } from './json-file.js';
import { ModelError } from './model-error.js';

export type Architecture = 'Qwen3ForCausalLM' | 'Qwen3ForSequenceClassification';

/** config.json, checked: the numbers of the forward pass and how the head is stored. */
export interface ModelConfig {
  readonly architecture: Architecture;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Of its own in Qwen3: heads · headDim may differ from hiddenSize. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly maxPositionEmbeddings: number;
  readonly tieWordEmbeddings: boolean;
  /** What config.json says of the weights; each tensor's own dtype is the one that counts. */
  readonly dtype: StoredDtype | undefined;
  /** Labels of a sequence classification, in the order of its rows; empty for a causal model. */
  readonly labels: readonly string[];
}

// What an absent key means in transformers' Qwen3Config (models/qwen3/configuration_qwen3.py, 4.51 to 5.23).
const DEFAULT_KEY_VALUE_HEADS = 32;
const DEFAULT_HEAD_DIM = 128;
const DEFAULT_EPS = 1e-6;
const DEFAULT_POSITIONS = 32_768;
const DEFAULT_ROPE_THETA = 10_000;
const DEFAULT_WINDOW_LAYERS = 28;
const DEFAULT_LABELS = 2;

const DTYPES: readonly StoredDtype[] = ['bfloat16', 'float16', 'float32'];

/**
 * Reads config.json in the spelling of transformers 4 or 5. An absent key means what it means to transformers; the sizes
 * of the matrices have no default, because a guess would be another model. Throws ModelError that names the bad key.
 */
export function readModelConfig(folder: string): ModelConfig {
  const file = path.join(folder, 'config.json');
  const reader = new ConfigReader(readJsonObject(file), file);
  const architecture = architectureOf(reader);
  const hiddenSize = reader.size('hidden_size');
  const heads = reader.size('num_attention_heads');
  const config: ModelConfig = {
    architecture,
    hiddenSize,
    layers: reader.size('num_hidden_layers'),
    heads,
    // An explicit null is not an absent key: it means one key head per head, and the width shared out among the heads.
    keyValueHeads: reader.size(
      'num_key_value_heads',
      reader.value('num_key_value_heads') === null ? heads : DEFAULT_KEY_VALUE_HEADS,
    ),
    headDim: reader.size('head_dim', reader.value('head_dim') === null ? hiddenSize / heads : DEFAULT_HEAD_DIM),
    intermediateSize: reader.size('intermediate_size'),
    vocabularySize: reader.size('vocab_size'),
    rmsNormEps: reader.positive('rms_norm_eps', DEFAULT_EPS),
    ropeTheta: ropeTheta(reader),
    maxPositionEmbeddings: reader.size('max_position_embeddings', DEFAULT_POSITIONS),
    tieWordEmbeddings: reader.flag('tie_word_embeddings'),
    dtype: dtypeOf(reader),
    labels: architecture === 'Qwen3ForSequenceClassification' ? labelsOf(reader) : [],
  };
  refuseUnsupported(reader, config.layers);
  requireConsistent(config, file);
  return config;
}

function architectureOf(reader: ConfigReader): Architecture {
  const names = reader.value('architectures');
  const name: unknown = Array.isArray(names) ? names[0] : undefined;
  if (name === 'Qwen3ForCausalLM' || name === 'Qwen3ForSequenceClassification') return name;
  return reader.refuse('architectures', '["Qwen3ForCausalLM"] or ["Qwen3ForSequenceClassification"]');
}

/** transformers 4 writes rope_theta and rope_scaling, transformers 5 one object rope_parameters. */
function ropeTheta(reader: ConfigReader): number {
  let theta = reader.positive('rope_theta', DEFAULT_ROPE_THETA);
  for (const key of ['rope_parameters', 'rope_scaling']) {
    const rope = reader.section(key);
    if (rope === undefined) continue;
    requireUnscaled(rope);
    theta = rope.positive('rope_theta', theta);
  }
  return theta;
}

function requireUnscaled(rope: ConfigReader): void {
  const key = (rope.value('rope_type') ?? undefined) === undefined ? 'type' : 'rope_type';
  if ((rope.value(key) ?? 'default') !== 'default') {
    rope.refuse(key, 'default (RoPE scaling is not supported; without it the model serves its trained length)');
  }
  const nested = rope.keys().find((name) => typeof rope.value(name) === 'object' && rope.value(name) !== null);
  if (nested !== undefined) rope.refuse(nested, 'a plain value (RoPE per kind of layer is not supported)');
}

function dtypeOf(reader: ConfigReader): StoredDtype | undefined {
  const key = (reader.value('dtype') ?? undefined) === undefined ? 'torch_dtype' : 'dtype';
  const name = reader.value(key) ?? undefined;
  if (name === undefined) return undefined;
  return DTYPES.find((dtype) => dtype === name) ?? reader.refuse(key, DTYPES.join(', '));
}

/** The names decide where they are given, else the number; transformers leaves both out for two labels. */
function labelsOf(reader: ConfigReader): readonly string[] {
  const names = reader.section('id2label');
  const count = names?.keys().length ?? reader.size('num_labels', DEFAULT_LABELS);
  if (count !== 1 && count !== 2) {
    reader.refuse(names === undefined ? 'num_labels' : 'id2label', 'one label or two (no and yes)');
  }
  return Array.from({ length: count }, (_, row) => {
    const name = names?.value(String(row));
    return typeof name === 'string' ? name : `LABEL_${row}`;
  });
}

function refuseUnsupported(reader: ConfigReader, layers: number): void {
  if (reader.flag('attention_bias')) reader.refuse('attention_bias', 'false');
  if ((reader.value('hidden_act') ?? 'silu') !== 'silu') reader.refuse('hidden_act', '"silu"');
  if ((reader.value('quantization_config') ?? undefined) !== undefined) {
    reader.refuse('quantization_config', 'absent (quantized weights are not supported: use the original checkpoint)');
  }
  refuseSlidingWindow(reader, layers);
}

/** A window is in use where a layer is of that kind; configurations without layer_types say from which layer on. */
function refuseSlidingWindow(reader: ConfigReader, layers: number): void {
  const kinds = reader.value('layer_types') ?? undefined;
  if (kinds !== undefined) {
    if (Array.isArray(kinds) && kinds.every((kind) => kind === 'full_attention')) return;
    reader.refuse('layer_types', '"full_attention" in every layer (sliding windows are not supported)');
  }
  if (!reader.flag('use_sliding_window') || reader.value('sliding_window') === null) return;
  const first = reader.value('max_window_layers') ?? DEFAULT_WINDOW_LAYERS;
  if (typeof first === 'number' && first >= layers) return;
  reader.refuse('use_sliding_window', 'false (sliding windows are not supported)');
}

function requireConsistent({ heads, keyValueHeads, headDim }: ModelConfig, file: string): void {
  if (heads % keyValueHeads !== 0) {
    throw new ModelError(
      `${file}: num_attention_heads (${heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`,
    );
  }
  if (headDim % 2 !== 0) {
    throw new ModelError(`${file}: head_dim must be even, because RoPE turns halves; got ${headDim}`);
  }
}
