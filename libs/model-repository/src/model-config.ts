import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ModelError } from './model-error.js';

export type Architecture = 'Qwen3ForCausalLM' | 'Qwen3ForSequenceClassification';

/** config.json, checked: the numbers of the forward pass and how the head is stored. */
export interface ModelConfig {
  readonly architecture: Architecture;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly maxPositionEmbeddings: number;
  readonly tieWordEmbeddings: boolean;
  /** Labels of a sequence classification, in the order of its rows; empty for a causal model. */
  readonly labels: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Defaults are those of transformers' Qwen3Config; sizes have none, because a guess would be another model. */
export function readModelConfig(folder: string): ModelConfig {
  const file = path.join(folder, 'config.json');
  const json = parse(file);
  const reader = new ConfigReader(json, file);
  const architecture = reader.architecture();
  reader.refuseUnsupported();
  const hiddenSize = reader.size('hidden_size');
  const heads = reader.size('num_attention_heads');
  const config: ModelConfig = {
    architecture,
    hiddenSize,
    layers: reader.size('num_hidden_layers'),
    heads,
    keyValueHeads: reader.size('num_key_value_heads', heads),
    headDim: reader.size('head_dim', hiddenSize / heads),
    intermediateSize: reader.size('intermediate_size'),
    vocabularySize: reader.size('vocab_size'),
    rmsNormEps: reader.positive('rms_norm_eps', 1e-6),
    ropeTheta: reader.ropeTheta(),
    maxPositionEmbeddings: reader.size('max_position_embeddings', 32_768),
    tieWordEmbeddings: json['tie_word_embeddings'] === true,
    labels: architecture === 'Qwen3ForSequenceClassification' ? reader.labels() : [],
  };
  requireConsistent(config, file);
  return config;
}

function parse(file: string): Json {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ModelError(`${file} cannot be read; a model folder must hold it`, { cause });
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  } catch {
    // Falls through to the same refusal: text that is no JSON and JSON that is no object are equally no configuration.
  }
  throw new ModelError(`${file} must hold a JSON object`);
}

class ConfigReader {
  constructor(
    private readonly json: Json,
    private readonly file: string,
  ) {}

  architecture(): Architecture {
    const [name] = Array.isArray(this.json['architectures']) ? (this.json['architectures'] as unknown[]) : [];
    if (name === 'Qwen3ForCausalLM' || name === 'Qwen3ForSequenceClassification') return name;
    return this.refuse('architectures', 'Qwen3ForCausalLM or Qwen3ForSequenceClassification', name);
  }

  size(key: string, fallback?: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
    return this.refuse(key, 'a positive integer', value);
  }

  positive(key: string, fallback: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
    return this.refuse(key, 'a positive number', value);
  }

  /** transformers 4 writes rope_theta, transformers 5 rope_parameters.rope_theta. */
  ropeTheta(): number {
    const parameters = this.json['rope_parameters'] as Json | null | undefined;
    const theta = parameters?.['rope_theta'];
    if (typeof theta === 'number' && theta > 0) return theta;
    return this.positive('rope_theta', 10_000);
  }

  /** Two labels where neither names nor a number are given, as in transformers. */
  labels(): string[] {
    const names = this.json['id2label'];
    if (typeof names === 'object' && names !== null) return this.oneOrTwo(Object.values(names).map(String));
    const count = this.json['num_labels'] ?? 2;
    return this.oneOrTwo(Array.from({ length: Number(count) }, (_, index) => `LABEL_${index}`));
  }

  refuseUnsupported(): void {
    const { json } = this;
    if (json['attention_bias'] === true) this.refuse('attention_bias', 'false', true);
    if (json['use_sliding_window'] === true) this.refuse('use_sliding_window', 'false', true);
    if ((json['hidden_act'] ?? 'silu') !== 'silu') this.refuse('hidden_act', 'silu', json['hidden_act']);
    this.refuseRopeScaling('rope_scaling');
    this.refuseRopeScaling('rope_parameters');
  }

  private refuseRopeScaling(key: string): void {
    const scaling = this.json[key] as Json | null | undefined;
    const type = scaling?.['rope_type'] ?? scaling?.['type'] ?? 'default';
    if (type !== 'default') this.refuse(`${key}.rope_type`, 'default', type);
  }

  private oneOrTwo(labels: string[]): string[] {
    if (labels.length === 1 || labels.length === 2) return labels;
    return this.refuse('num_labels', '1 or 2', labels.length);
  }

  private refuse(key: string, expected: string, found: unknown): never {
    throw new ModelError(`${this.file}: ${key} must be ${expected}, got ${JSON.stringify(found) ?? 'nothing'}`);
  }
}

function requireConsistent(config: ModelConfig, file: string): void {
  const { heads, keyValueHeads, headDim } = config;
  if (heads % keyValueHeads !== 0) {
    throw new ModelError(
      `${file}: num_attention_heads (${heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`,
    );
  }
  if (headDim % 2 !== 0)
    throw new ModelError(`${file}: head_dim must be even, because RoPE turns halves; got ${headDim}`);
}
