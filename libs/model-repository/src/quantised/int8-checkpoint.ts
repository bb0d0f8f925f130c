import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DESCRIPTION_FILES, moduleFiles } from '../description/description-files.js';
import { readJsonObject } from '../json-file.js';
import type { CheckpointConfig } from '../checkpoint-config.js';
import { ModelError } from '../model-error.js';
import { openCheckpoint } from '../qwen3-checkpoint.js';
import type { ResolvedModel } from '../resolve-model.js';
import { CONFIG_FILE, WEIGHTS_FILE } from '../weight-files.js';
import { inBfloat16, inInt8, whole } from './written-tensor.js';
import { writeSafetensors } from './write-safetensors.js';

/** Beside the weights, what a checkpoint is made of. */
const COPIED = ['tokenizer.json', 'special_tokens_map.json', 'generation_config.json', ...DESCRIPTION_FILES] as const;
const PRODUCT = /^model\.layers\.\d+\.(?<module>(?:self_attn|mlp)\.[a-z]+_proj)\.weight$/u;

export interface Int8Checkpoint {
  /** Modules whose weights have more bits, such as `model.layers.27.mlp.down_proj`. */
  readonly kept: readonly string[];
  /** Of all weights. */
  readonly bytes: number;
}

/**
 * Writes a model (with its adapter, where it has one) as an int8 checkpoint in the layout of compressed-tensors: weights of
 * products as whole numbers with a scale for each row, the others as they are. A few rows are in memory at a time.
 * Throws ModelError on a model that is quantised already, one for images, and a folder with something in it.
 * @param keeps Whether a module's weight stays in 16 bits.
 */
export function writeInt8Checkpoint(
  model: ResolvedModel,
  out: string,
  keeps: (module: string) => boolean,
): Int8Checkpoint {
  const { config, checkpoint } = openCheckpoint(model.folder, model.adapterFolder);
  try {
    requirePlain(config, model.folder);
    requireEmpty(out);
    const kept: string[] = [];
    const tensors = checkpoint.names().flatMap((name) => {
      const stored = { ...checkpoint.tensor(name), name };
      if (!PRODUCT.test(name)) return [whole(stored)];
      const module = name.replace(/\.weight$/u, '');
      if (!keeps(module)) return inInt8(stored);
      kept.push(module);
      return [inBfloat16(stored)];
    });
    mkdirSync(out, { recursive: true });
    const bytes = writeSafetensors(path.join(out, WEIGHTS_FILE), tensors);
    writeFileSync(path.join(out, CONFIG_FILE), `${JSON.stringify(configOf(model.folder, config, kept), null, 2)}\n`);
    copyOthers(model, out);
    return { kept, bytes };
  } finally {
    checkpoint.close();
  }
}

function requirePlain({ quantisation, isVision }: CheckpointConfig, folder: string): void {
  const file = path.join(folder, CONFIG_FILE);
  if (quantisation !== undefined) {
    throw new ModelError(
      `${file}: the model is quantised already (${quantisation.name}); expected the original one, for every rounding costs accuracy`,
    );
  }
  if (isVision) {
    throw new ModelError(
      `${file}: a model for images and texts is not written in int8; serve it as it is, with DTYPE=int8`,
    );
  }
}

function requireEmpty(out: string): void {
  if (!existsSync(out) || readdirSync(out).length === 0) return;
  throw new ModelError(`${out} must be a folder that is new or empty; name another one, or take away what is in it`);
}

/** As llm-compressor writes it for weights by channel and inputs by token. */
function configOf(folder: string, config: CheckpointConfig, kept: readonly string[]): object {
  const numbers = {
    num_bits: 8,
    type: 'int',
    symmetric: true,
    group_size: null,
    block_structure: null,
    actorder: null,
  };
  const group = {
    targets: ['Linear'],
    format: 'int-quantized',
    weights: { ...numbers, strategy: 'channel', dynamic: false, observer: 'minmax' },
    input_activations: { ...numbers, strategy: 'token', dynamic: true, observer: null },
    output_activations: null,
  };
  return {
    ...readJsonObject(path.join(folder, CONFIG_FILE)),
    // An adapter may have changed them.
    architectures: [config.architecture],
    vocab_size: config.vocabularySize,
    tie_word_embeddings: config.tieWordEmbeddings,
    ...(config.labels.length > 0 && { id2label: Object.fromEntries(config.labels.map((label, row) => [row, label])) }),
    quantization_config: {
      quant_method: 'compressed-tensors',
      format: 'int-quantized',
      quantization_status: 'compressed',
      config_groups: { group_0: group },
      ignore: ['lm_head', 'score', ...kept],
      kv_cache_scheme: null,
    },
  };
}

/** What was saved with an adapter counts before what its base has. */
function copyOthers({ folder, adapterFolder }: ResolvedModel, out: string): void {
  for (const from of [folder, adapterFolder]) {
    if (from === undefined) continue;
    for (const name of [...COPIED, ...moduleFiles(from)]) {
      if (!existsSync(path.join(from, name))) continue;
      mkdirSync(path.dirname(path.join(out, name)), { recursive: true });
      copyFileSync(path.join(from, name), path.join(out, name));
    }
  }
}
