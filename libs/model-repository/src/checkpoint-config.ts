import path from 'node:path';
import type { RopeScaling, StoredDtype } from '#libs/tensor';
import { architectureOf, kindOf, type Architecture } from './architecture.js';
import { ConfigReader } from './config-reader.js';
import { readJsonObject } from './json-file.js';
import { ModelError } from './model-error.js';
import { quantisationOf, type Quantisation } from './quantised/quantisation.js';
import { readRope, scaledPositions } from './rope-config.js';

/** config.json, checked: the numbers of the forward pass and how the head is stored. */
export interface CheckpointConfig {
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
  /** Absent: as trained. */
  readonly ropeScaling: RopeScaling | undefined;
  /** With the scaling; without, what the model was trained on. */
  readonly maxPositionEmbeddings: number;
  readonly tieWordEmbeddings: boolean;
  /** What config.json says of the weights; each tensor's own dtype is the one that counts. */
  readonly dtype: StoredDtype | undefined;
  /** Labels of a sequence classification, in the order of its rows; empty for a causal model. */
  readonly labels: readonly string[];
  /** Tokens that the score is made of, where config.json says it as vLLM's overrides do. */
  readonly answers: { readonly positive: string; readonly negative?: string } | undefined;
  /** Qwen2's attention: biases on q, k and v, heads that are not normed. */
  readonly isQwen2: boolean;
  /** A model for images and text, of which the part that reads text is served. */
  readonly isVision: boolean;
  /** How weights are stored in few bits; undefined: they are not. */
  readonly quantisation: Quantisation | undefined;
}

// What an absent key means in transformers' Qwen3Config and Qwen2Config (4.51 to 5.23).
const DEFAULT_KEY_VALUE_HEADS = 32;
const DEFAULT_HEAD_DIM = 128;
const DEFAULT_EPS = 1e-6;
const DEFAULT_POSITIONS = 32_768;
const DEFAULT_WINDOW_LAYERS = 28;
const DEFAULT_LABELS = 2;

const DTYPES: readonly StoredDtype[] = ['bfloat16', 'float16', 'float32'];
/** What else config.json may say of floats, which says nothing of how they are stored. */
const OTHER_FLOATS = new Set(['auto', 'float64', 'double', 'float', 'half', 'bf16', 'fp16', 'fp32']);

/**
 * Reads config.json in the spelling of transformers 4 or 5. An absent key means what it means to transformers; the sizes
 * of the matrices have no default, because a guess would be another model. Throws ModelError that names the bad key.
 */
export function readCheckpointConfig(folder: string): CheckpointConfig {
  const file = path.join(folder, 'config.json');
  // Models for images and text keep the numbers of the part that reads text in a section; some tools all of them.
  const reader = new ConfigReader(readJsonObject(file), file).including('text_config');
  const architecture = architectureOf(reader);
  const { isQwen2, isVision, isClassifier } = kindOf(architecture);
  const answers = isClassifier ? answersOf(reader) : undefined;
  const positions = reader.size('max_position_embeddings', DEFAULT_POSITIONS);
  const { theta, scaling } = readRope(reader, positions);
  const config: CheckpointConfig = {
    architecture,
    ...sizesOf(reader, isQwen2),
    rmsNormEps: reader.positive('rms_norm_eps', DEFAULT_EPS),
    ropeTheta: theta,
    ropeScaling: scaling,
    maxPositionEmbeddings: scaledPositions(positions, scaling),
    tieWordEmbeddings: reader.flag('tie_word_embeddings'),
    dtype: dtypeOf(reader),
    labels: isClassifier && answers === undefined ? labelsOf(reader) : [],
    answers,
    isQwen2,
    isVision,
    quantisation: quantisationOf(reader),
  };
  refuseUnsupported(reader, config);
  requireConsistent(config, file);
  return config;
}

function sizesOf(reader: ConfigReader, isQwen2: boolean) {
  const hiddenSize = reader.size('hidden_size');
  const heads = reader.size('num_attention_heads');
  // An explicit null is not an absent key: it means one key head per head, and the width shared out among the heads.
  const sharesWidth = isQwen2 || reader.value('head_dim') === null;
  return {
    hiddenSize,
    layers: reader.size('num_hidden_layers'),
    heads,
    keyValueHeads: reader.size(
      'num_key_value_heads',
      reader.value('num_key_value_heads') === null ? heads : DEFAULT_KEY_VALUE_HEADS,
    ),
    headDim: reader.size('head_dim', sharesWidth ? hiddenSize / heads : DEFAULT_HEAD_DIM),
    intermediateSize: reader.size('intermediate_size'),
    vocabularySize: reader.size('vocab_size'),
  };
}

/** vLLM's overrides, written into config.json: the score of a classifier is to be made of a causal model's tokens. */
function answersOf(reader: ConfigReader): CheckpointConfig['answers'] {
  const tokens = reader.texts('classifier_from_token');
  if (tokens.length === 0) return undefined;
  const [first, second] = tokens;
  if (tokens.length === 1) return { positive: first! };
  if (tokens.length === 2) return { positive: second!, negative: first! };
  return reader.refuse('classifier_from_token', 'one token or two (the negative one first)');
}

function dtypeOf(reader: ConfigReader): StoredDtype | undefined {
  const key = (reader.value('dtype') ?? undefined) === undefined ? 'torch_dtype' : 'dtype';
  const value = reader.value(key) ?? 'auto';
  const name = typeof value === 'string' ? value.replace(/^torch\./u, '') : undefined;
  if (name !== undefined && OTHER_FLOATS.has(name)) return undefined;
  const expected = `${DTYPES.join(', ')} (or absent: the type that each tensor is stored in is the one that counts)`;
  return DTYPES.find((dtype) => dtype === name) ?? reader.refuse(key, expected);
}

/** The names decide where they are given, else the number; transformers leaves both out for two labels. */
function labelsOf(reader: ConfigReader): readonly string[] {
  const names = reader.section('id2label');
  const count = names?.keys().length ?? reader.size('num_labels', DEFAULT_LABELS);
  if (count !== 1 && count !== 2) {
    reader.refuse(names === undefined ? 'num_labels' : 'id2label', 'one label or two (no and yes)');
  }
  const labels = Array.from({ length: count }, (_, row) => {
    const name = names?.value(String(row));
    return typeof name === 'string' ? name : `LABEL_${row}`;
  });
  const rows = reader.section('label2id');
  const turned = labels.find((name, row) => (rows?.value(name) ?? row) !== row);
  if (turned !== undefined) rows!.refuse(turned, `${labels.indexOf(turned)}, its row in id2label`);
  return labels;
}

function refuseUnsupported(reader: ConfigReader, { layers, isQwen2 }: CheckpointConfig): void {
  // Qwen2 has its biases without it.
  if (!isQwen2 && reader.flag('attention_bias')) reader.refuse('attention_bias', 'false');
  if ((reader.value('hidden_act') ?? 'silu') !== 'silu') reader.refuse('hidden_act', '"silu"');
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

function requireConsistent({ heads, keyValueHeads, headDim }: CheckpointConfig, file: string): void {
  if (heads % keyValueHeads !== 0) {
    throw new ModelError(
      `${file}: num_attention_heads (${heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`,
    );
  }
  if (headDim % 2 !== 0) {
    throw new ModelError(`${file}: head_dim must be even, because RoPE turns halves; got ${headDim}`);
  }
}
