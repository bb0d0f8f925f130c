import { statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ModelError } from './model-error.js';
import { MODEL_FILES_TEXT, missingFiles } from './weight-files.js';

/** Where the files of a model lie. */
export interface ResolvedModel {
  /** An absolute path. */
  readonly folder: string;
}

/** `Qwen/Qwen3-Reranker-0.6B`: two parts, neither of which starts like a path. */
const HUB_ID = /^[\w-][\w.-]*\/[\w-][\w.-]*$/u;

/**
 * The folder that MODEL_NAME stands for: `embedded`, or a path (absolute, relative, from ~). Throws ModelError that names
 * the files a folder lacks, and says what to do with the id of a model on the hub.
 */
export function resolveModel(name: string, embeddedFolder: string): ResolvedModel {
  if (name === '') throw new ModelError('MODEL_NAME must be embedded or the path of a folder, got an empty text');
  const folder = name === 'embedded' ? path.resolve(embeddedFolder) : path.resolve(fromHome(name));
  const isFolder = isDirectory(folder);
  if (isFolder === undefined) throw new ModelError(absent(name, folder));
  if (!isFolder) {
    throw new ModelError(`MODEL_NAME must be the folder that holds ${MODEL_FILES_TEXT}; ${folder} is a file`);
  }
  const missing = missingFiles(folder);
  if (missing.length === 0) return { folder };
  throw new ModelError(`MODEL_NAME: ${folder} lacks ${missing.join(', ')}; a model needs ${MODEL_FILES_TEXT}`);
}

/** Undefined when there is nothing at the path. */
function isDirectory(folder: string): boolean | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory();
  } catch (cause) {
    throw new ModelError(`MODEL_NAME: ${folder} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function fromHome(name: string): string {
  return name.replace(/^~(?=\/|$)/u, () => os.homedir());
}

function absent(name: string, folder: string): string {
  if (!HUB_ID.test(name)) {
    return `MODEL_NAME: the folder ${folder} does not exist; expected embedded or a folder with ${MODEL_FILES_TEXT}`;
  }
  return (
    `MODEL_NAME=${name}: there is no such folder, and a model of the hub is not downloaded by this version: ` +
    `put its files (${MODEL_FILES_TEXT}) into a local folder and set MODEL_NAME to the path of that folder`
  );
}
