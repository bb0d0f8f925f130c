import { statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HubCache } from './hub/hub-cache.js';
import { hubModel, type HubModel } from './hub/hub-settings.js';
import { ModelError } from './model-error.js';
import { foreignWeights } from './foreign-formats.js';
import { MODEL_FILES_TEXT, missingFiles } from './weight-files.js';

const EXPECTED = `embedded, the id of a model of the hub, or a folder with ${MODEL_FILES_TEXT}`;

/** Where the files of a model lie. */
export interface ResolvedModel {
  /** An absolute path. */
  readonly folder: string;
}

/** Where a model of the hub lies once it is downloaded. */
export interface CachedRevision {
  readonly cacheFolder: string;
  readonly revision?: string | undefined;
}

/**
 * The folder that MODEL_NAME stands for: `embedded`, a path (absolute, relative, from ~), or the id of a model of the hub
 * that is in the cache. A folder wins over an id. Throws ModelError that names the files a folder lacks.
 */
export function resolveModel(name: string, embeddedFolder: string, hub: CachedRevision): ResolvedModel {
  if (name === '') throw new ModelError(`MODEL_NAME must be ${EXPECTED}, got an empty text`);
  const snapshot = cachedSnapshot(name, hub);
  if (snapshot !== undefined) return { folder: snapshot };
  const folder = name === 'embedded' ? path.resolve(embeddedFolder) : path.resolve(fromHome(name));
  const isFolder = isDirectory(folder);
  if (isFolder === undefined) throw new ModelError(absent(name, folder));
  if (!isFolder) {
    const format = /\.gguf$/iu.test(folder)
      ? ' in the format GGUF; take the repository that it was made from instead'
      : '';
    throw new ModelError(`MODEL_NAME must be the folder that holds ${MODEL_FILES_TEXT}; ${folder} is a file${format}`);
  }
  const missing = missingFiles(folder);
  if (missing.length === 0) return { folder };
  const instead = foreignWeights(folder);
  const found = instead === undefined ? '' : `. ${instead}`;
  throw new ModelError(`MODEL_NAME: ${folder} lacks ${missing.join(', ')}; a model needs ${MODEL_FILES_TEXT}${found}`);
}

/** The model of the hub that MODEL_NAME stands for; undefined for `embedded` and for what is there as a folder. */
export function hubModelOf(name: string, revision?: string): HubModel | undefined {
  return isDirectory(path.resolve(fromHome(name))) === undefined ? hubModel(name, revision) : undefined;
}

function cachedSnapshot(name: string, { cacheFolder, revision }: CachedRevision): string | undefined {
  const model = hubModelOf(name, revision);
  return model === undefined ? undefined : new HubCache(cacheFolder, model).completeSnapshot();
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
  if (hubModel(name) === undefined) return `MODEL_NAME: the folder ${folder} does not exist; expected ${EXPECTED}`;
  return `MODEL_NAME: ${name} is not in the model cache, and there is no folder ${folder}; run \`npm run download -- ${name}\``;
}
