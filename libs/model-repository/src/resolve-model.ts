import { accessSync, constants, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HubCache } from './hub/hub-cache.js';
import { hubModel, type HubModel } from './hub/hub-settings.js';
import { ModelError } from './model-error.js';
import { foreignTokenizer, foreignWeights } from './foreign-formats.js';
import { readAdapterConfig } from './adapter/adapter-config.js';
import { shown } from './shown.js';
import { unreadable } from './unreadable.js';
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  hasAdapter,
  MODEL_FILES_TEXT,
  missingAdapterFiles,
  missingFiles,
} from './weight-files.js';

const ADAPTER_FILES_TEXT = `${ADAPTER_CONFIG} and ${ADAPTER_WEIGHTS}, as PEFT saves them`;

type Variable = 'MODEL_NAME' | 'ADAPTER';

const FILES: Readonly<Record<Variable, string>> = { MODEL_NAME: MODEL_FILES_TEXT, ADAPTER: ADAPTER_FILES_TEXT };
const EXPECTED: Readonly<Record<Variable, string>> = {
  MODEL_NAME: `embedded, the id of a model of the hub, or a folder with ${MODEL_FILES_TEXT}`,
  ADAPTER: `the id of an adapter of the hub, or a folder with ${ADAPTER_FILES_TEXT}`,
};

/** Where the files of a model lie; absolute paths. */
export interface ResolvedModel {
  /** The weights, and config.json that describes them. */
  readonly folder: string;
  /** A LoRA adapter that is merged into them. */
  readonly adapterFolder?: string;
}

/** Where a model of the hub lies once it is downloaded. */
interface CachedRevision {
  readonly cacheFolder: string;
  readonly revision?: string | undefined;
}

/** What beside MODEL_NAME decides. */
export interface ModelPlaces extends CachedRevision {
  /** What MODEL_NAME=embedded stands for. */
  readonly embeddedFolder: string;
  /** ADAPTER: a folder or the id of a model of the hub, and its revision. */
  readonly adapter?: string | undefined;
  readonly adapterRevision?: string | undefined;
}

/**
 * The folder that MODEL_NAME stands for: `embedded`, a path (absolute, relative, from ~), or the id of a model of the hub
 * that is in the cache. A folder wins over an id. Where that is an adapter, or one is named, also the folder of its base.
 * Throws ModelError that names the files a folder lacks.
 */
export function resolveModel(name: string, places: ModelPlaces): ResolvedModel {
  if (name === '') throw new ModelError(`MODEL_NAME must be ${EXPECTED.MODEL_NAME}, got an empty text`);
  const folder = name === 'embedded' ? path.resolve(places.embeddedFolder) : folderOf('MODEL_NAME', name, places);
  if (places.adapter !== undefined) {
    const hub = { cacheFolder: places.cacheFolder, revision: places.adapterRevision };
    if (places.adapter === '') throw new ModelError(`ADAPTER must be ${EXPECTED.ADAPTER}, got an empty text`);
    const adapterFolder = wholeAdapter('ADAPTER', folderOf('ADAPTER', places.adapter, hub));
    return { folder: wholeModel('MODEL_NAME', folder), adapterFolder };
  }
  if (!hasAdapter(folder)) return { folder: wholeModel('MODEL_NAME', folder) };
  const adapterFolder = wholeAdapter('MODEL_NAME', folder);
  // A base that lies beside its adapter is the one that was meant.
  if (missingFiles(folder).length === 0) return { folder, adapterFolder };
  return { folder: baseOf(adapterFolder, places.cacheFolder), adapterFolder };
}

/** The model of the hub that an adapter was trained on; undefined where its base is a folder, or beside it. */
export function hubBaseOf(folder: string): HubModel | undefined {
  if (!hasAdapter(folder) || missingFiles(folder).length === 0) return undefined;
  const { base, revision } = readAdapterConfig(folder);
  return baseFolder(folder, base) === undefined ? hubModel(base, revision) : undefined;
}

function baseOf(adapterFolder: string, cacheFolder: string): string {
  const { base, revision } = readAdapterConfig(adapterFolder);
  const found = baseFolder(adapterFolder, base) ?? cachedSnapshot(base, { cacheFolder, revision });
  const key = `${path.join(adapterFolder, ADAPTER_CONFIG)}: base_model_name_or_path`;
  if (found !== undefined && !hasAdapter(found)) return wholeModel(key, found);
  const way = hubModel(base) === undefined ? '' : `run \`npm run download -- ${base}\`, or `;
  throw new ModelError(
    `${key} must be the folder of a model, or one of the hub that is in the cache, got ${shown(base)}; ${way}set MODEL_NAME to ` +
      'the base model and ADAPTER to this folder',
  );
}

/** As it is written, or from where the adapter lies. */
function baseFolder(adapterFolder: string, base: string): string | undefined {
  if (base === '') return undefined;
  return [path.resolve(fromHome(base)), path.resolve(adapterFolder, base)].find(
    (folder) => isDirectory(folder) === true,
  );
}

function folderOf(variable: Variable, name: string, hub: CachedRevision): string {
  const snapshot = cachedSnapshot(name, hub);
  if (snapshot !== undefined) return snapshot;
  const folder = path.resolve(fromHome(name));
  const isFolder = isDirectory(folder);
  if (isFolder === undefined) throw new ModelError(absent(variable, name, folder));
  if (isFolder) return openFolder(folder);
  const format = /\.gguf$/iu.test(folder)
    ? ' in the format GGUF; take the repository that it was made from instead'
    : '';
  throw new ModelError(`${variable} must be the folder that holds ${FILES[variable]}; ${folder} is a file${format}`);
}

function wholeModel(variable: string, folder: string): string {
  const missing = missingFiles(folder);
  if (missing.length === 0) return folder;
  const found = [foreignWeights(folder), missing.includes('tokenizer.json') ? foreignTokenizer(folder) : undefined]
    .map((instead) => (instead === undefined ? '' : `. ${instead}`))
    .join('');
  throw new ModelError(`${variable}: ${folder} lacks ${missing.join(', ')}; a model needs ${MODEL_FILES_TEXT}${found}`);
}

function wholeAdapter(variable: string, folder: string): string {
  const missing = missingAdapterFiles(folder);
  if (missing.length === 0) return folder;
  throw new ModelError(`${variable}: ${folder} lacks ${missing.join(', ')}; an adapter needs ${ADAPTER_FILES_TEXT}`);
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
    throw new ModelError(unreadable(folder, cause), { cause });
  }
}

/** In a closed folder every file would seem to be missing. */
function openFolder(folder: string): string {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return folder;
  } catch (cause) {
    throw new ModelError(unreadable(folder, cause), { cause });
  }
}

function fromHome(name: string): string {
  return name.replace(/^~(?=\/|$)/u, () => os.homedir());
}

function absent(variable: Variable, name: string, folder: string): string {
  if (hubModel(name) === undefined)
    return `${variable}: the folder ${folder} does not exist; expected ${EXPECTED[variable]}`;
  return `${variable}: ${name} is not in the model cache, and there is no folder ${folder}; run \`npm run download -- ${name}\``;
}
