import path from 'node:path';
import { ConfigReader } from '../config-reader.js';
import { readJsonObject } from '../json-file.js';
import { ADAPTER_CONFIG } from '../weight-files.js';

/** What adapter_config.json says of a LoRA adapter, as PEFT reads it. */
export interface AdapterConfig {
  /** The model that it was trained on: a folder, or the id of a model of a hub. */
  readonly base: string;
  /** Of the base, where it is a model of a hub. */
  readonly revision: string | undefined;
  /** Rows of A of a module, such as `model.layers.0.mlp.down_proj`. */
  rankOf(module: string): number;
  /** What B·A of a module is multiplied by. */
  factorOf(module: string): number;
  /** Modules that were trained whole, by the last part of their names. */
  readonly savedModules: readonly string[];
  /** A head that is tied to the embeddings stays so, whichever of the two was trained. */
  readonly keepsTied: boolean;
}

/** What changes the sum of the weights and B·A, or the weights that it is added to. */
const NOT_MERGED: Readonly<Record<string, string>> = {
  use_dora: 'DoRA',
  use_qalora: 'QALoRA',
  lora_bias: 'a bias on B',
  fan_in_fan_out: 'weights that are stored the other way round',
  layer_replication: 'layers that are used twice',
  alora_invocation_tokens: 'aLoRA',
  trainable_token_indices: 'single rows of the embeddings',
  target_parameters: 'parameters that are not those of a linear layer',
  megatron_config: "Megatron's layers",
};
/** Starting points that change the base model as well, until the adapter is converted. */
const CHANGES_BASE = /^(?:pissa|olora|corda|loftq)/u;

/** Throws ModelError on what is no LoRA, or a kind of it that is not merged. */
export function readAdapterConfig(folder: string): AdapterConfig {
  const file = path.join(folder, ADAPTER_CONFIG);
  const reader = new ConfigReader(readJsonObject(file), file);
  if (reader.value('peft_type') !== 'LORA') reader.refuse('peft_type', '"LORA" (no other adapters are served)');
  for (const [key, what] of Object.entries(NOT_MERGED)) {
    const value = reader.value(key) ?? false;
    if (value !== false && !isEmpty(value)) reader.refuse(key, `absent (${what}: not merged; ${ADVICE})`);
  }
  const start = reader.value('init_lora_weights');
  if (typeof start === 'string' && CHANGES_BASE.test(start)) {
    reader.refuse('init_lora_weights', `true (that start changes the base model, too; ${ADVICE})`);
  }
  if ((reader.value('bias') ?? 'none') !== 'none') reader.refuse('bias', `"none" (${ADVICE})`);
  return configOf(reader);
}

const ADVICE = 'merge it with PEFT, and serve the model that `merge_and_unload` makes';

function configOf(reader: ConfigReader): AdapterConfig {
  const rank = reader.size('r');
  const alpha = reader.positive('lora_alpha');
  const ranks = patterns(reader, 'rank_pattern');
  const alphas = patterns(reader, 'alpha_pattern');
  const isRankStabilised = reader.flag('use_rslora');
  const base = reader.value('base_model_name_or_path');
  const revision = reader.value('revision') ?? undefined;
  const rankOf = (module: string) => ranks(module) ?? rank;
  return {
    base: typeof base === 'string' ? base : '',
    revision: typeof revision === 'string' && revision !== '' ? revision : undefined,
    rankOf,
    factorOf: (module) => (alphas(module) ?? alpha) / (isRankStabilised ? Math.sqrt(rankOf(module)) : rankOf(module)),
    savedModules: reader.texts('modules_to_save'),
    keepsTied: reader.flag('ensure_weight_tying'),
  };
}

/** The number of the first key that a module's name ends with; keys are regular expressions to PEFT. */
function patterns(reader: ConfigReader, key: string): (module: string) => number | undefined {
  const section = reader.section(key);
  const rules = (section?.keys() ?? []).map((name) => {
    if (!isHarmless(name)) section!.refuse(name, 'the number of a module, named by a plain pattern');
    return { sign: new RegExp(`^(?:.*\\.)?(?:${name})$`, 'u'), value: section!.positive(name) };
  });
  return (module) => rules.find(({ sign }) => sign.test(module))?.value;
}

/** A pattern of a stranger must be tried in bounded time. */
function isHarmless(pattern: string): boolean {
  const repeats = pattern.match(/[*+?{]/gu)?.length ?? 0;
  if (pattern.length > 200 || repeats > 3 || /\)[*+?{]/u.test(pattern)) return false;
  try {
    return new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
