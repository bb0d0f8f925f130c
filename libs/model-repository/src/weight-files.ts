import { existsSync } from 'node:fs';
import path from 'node:path';
import { isObject, readJsonObject } from './json-file.js';
import { ModelError } from './model-error.js';

export const CONFIG_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';
export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

/** What a model folder must hold; the weights are one file, or an index and the shards it names. */
const MODEL_FILES = [CONFIG_FILE, 'tokenizer.json', WEIGHTS_FILE] as const;

/** The same as a phrase for a message. */
export const MODEL_FILES_TEXT = `config.json, tokenizer.json, and ${WEIGHTS_FILE} or ${INDEX_FILE} with its shards`;

/** Some tools number the one file that there is. */
const WHOLE_FILES = [WEIGHTS_FILE, 'model-00001-of-00001.safetensors'] as const;

export interface WeightFiles {
  /** File names inside the folder. */
  readonly names: readonly string[];
  /** Tensor name → file name, where the weights are sharded. */
  readonly index?: ReadonlyMap<string, string>;
}

/** The files that hold the weights; one whole file wins over an index, as in transformers. */
export function weightFiles(folder: string): WeightFiles {
  const whole = wholeFile(folder);
  if (whole !== undefined) return { names: [whole] };
  const file = path.join(folder, INDEX_FILE);
  if (!existsSync(file)) throw new ModelError(`${folder} has neither ${WEIGHTS_FILE} nor ${INDEX_FILE}`);
  const map = readJsonObject(file)['weight_map'];
  if (!isObject(map)) throw new ModelError(`${file} must have an object weight_map from tensor names to file names`);
  const index = new Map(Object.entries(map).map(([tensor, shard]) => [tensor, shardName(shard, tensor, file)]));
  return { names: [...new Set(index.values())].toSorted(), index };
}

/** Whether the folder holds an adapter, beside a model or alone. */
export function hasAdapter(folder: string): boolean {
  return existsSync(path.join(folder, ADAPTER_CONFIG));
}

/** What the folder of an adapter lacks. */
export function missingAdapterFiles(folder: string): readonly string[] {
  return [ADAPTER_CONFIG, ADAPTER_WEIGHTS].filter((name) => !existsSync(path.join(folder, name)));
}

/** What the folder lacks of the files a model needs, by name; empty when it has all. */
export function missingFiles(folder: string): readonly string[] {
  const lacks = (name: string): boolean => !existsSync(path.join(folder, name));
  const sharded = wholeFile(folder) === undefined && !lacks(INDEX_FILE);
  const needed = MODEL_FILES.filter((name) => name !== WEIGHTS_FILE || (!sharded && wholeFile(folder) === undefined));
  return [...needed, ...(sharded ? weightFiles(folder).names : [])].filter(lacks);
}

/** An index that names the numbered file is not needed, and may be there. */
function wholeFile(folder: string): string | undefined {
  return WHOLE_FILES.find((name) => existsSync(path.join(folder, name)));
}

/** A name with a folder in it would read files that are no part of the model. */
function shardName(shard: unknown, tensor: string, file: string): string {
  if (typeof shard === 'string' && shard.endsWith('.safetensors') && path.basename(shard) === shard) return shard;
  throw new ModelError(
    `${file}: weight_map must put ${tensor} into a .safetensors file of this folder, got ${JSON.stringify(shard)}`,
  );
}
