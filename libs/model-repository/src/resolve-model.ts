import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { INDEX_FILE, WEIGHTS_FILE } from './checkpoint.js';
import { ModelError } from './model-error.js';

/** What a model folder must hold; the weights are one file, or shards with an index. */
export const MODEL_FILES = ['config.json', 'tokenizer.json', WEIGHTS_FILE] as const;

/** `Qwen/Qwen3-Reranker-0.6B`: two parts, neither of which starts like a path. */
const HUB_ID = /^[\w-][\w.-]*\/[\w-][\w.-]*$/u;

/** The folder of a model: `embedded`, or a path. Throws ModelError that names what is missing. */
export function resolveModel(name: string, embeddedFolder: string): { readonly folder: string } {
  if (name === 'embedded') return { folder: embeddedFolder };
  const folder = path.resolve(name.replace(/^~(?=\/|$)/u, os.homedir()));
  if (!existsSync(folder)) throw new ModelError(absent(name, folder));
  const missing = MODEL_FILES.filter((file) => !existsSync(path.join(folder, file)) && !isSharded(file, folder));
  if (missing.length > 0) throw new ModelError(`MODEL_NAME: ${folder} lacks ${missing.join(', ')}`);
  return { folder };
}

function isSharded(file: string, folder: string): boolean {
  return file === WEIGHTS_FILE && existsSync(path.join(folder, INDEX_FILE));
}

function absent(name: string, folder: string): string {
  if (!HUB_ID.test(name)) return `MODEL_NAME: the folder ${folder} does not exist`;
  return (
    `MODEL_NAME=${name} is the name of a model on a hub, which this version does not download: put its files ` +
    `(${MODEL_FILES.join(', ')}) into a folder and set MODEL_NAME to the path of that folder`
  );
}
