import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { folderOfTest } from '../../../test/support/temporary-folder.js';
import { writeTinyCheckpoint } from '../../../test/support/tiny-checkpoint.js';
import { ModelError } from './model-error.js';
import { resolveModel } from './resolve-model.js';

let root: string;
let model: string;
let hub: { cacheFolder: string; revision?: string };

beforeEach(() => {
  root = folderOfTest();
  model = path.join(root, 'model');
  hub = { cacheFolder: path.join(root, 'hub') };
  writeTinyCheckpoint(model);
  writeFileSync(path.join(model, 'tokenizer.json'), '{}');
});

afterEach(() => void vi.unstubAllEnvs());

function refusal(name: string, embedded = model): string {
  try {
    resolveModel(name, { embeddedFolder: embedded, ...hub });
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
  return 'not refused';
}

it('takes embedded for the embedded folder', () => {
  expect(resolveModel('embedded', { embeddedFolder: model, ...hub })).toEqual({ folder: model });
});

it('takes an absolute path', () => {
  expect(resolveModel(model, { embeddedFolder: '/nowhere', ...hub })).toEqual({ folder: model });
});

it('takes a relative path from the working directory', () => {
  expect(resolveModel(path.relative(process.cwd(), model), { embeddedFolder: '/nowhere', ...hub })).toEqual({
    folder: model,
  });
});

it('takes a path from the home directory', () => {
  vi.stubEnv('HOME', root);
  expect(resolveModel('~/model', { embeddedFolder: '/nowhere', ...hub })).toEqual({ folder: model });
});

it('takes a folder of shards', () => {
  const sharded = path.join(root, 'sharded');
  writeTinyCheckpoint(sharded, { shards: 2 });
  writeFileSync(path.join(sharded, 'tokenizer.json'), '{}');
  expect(resolveModel(sharded, { embeddedFolder: '/nowhere', ...hub })).toEqual({ folder: sharded });
});

it('names every file that a folder lacks', () => {
  rmSync(path.join(model, 'tokenizer.json'));
  rmSync(path.join(model, 'model.safetensors'));
  expect(refusal(model)).toContain('lacks tokenizer.json, model.safetensors;');
});

it('names the shard that a folder lacks', () => {
  const sharded = path.join(root, 'sharded');
  writeTinyCheckpoint(sharded, { shards: 3 });
  writeFileSync(path.join(sharded, 'tokenizer.json'), '{}');
  rmSync(path.join(sharded, 'model-2-of-3.safetensors'));
  expect(refusal(sharded)).toContain('lacks model-2-of-3.safetensors;');
});

it('checks the embedded folder like any other', () => {
  rmSync(path.join(model, 'config.json'));
  expect(refusal('embedded')).toContain('lacks config.json;');
});

it('says what to do with the id of a model that is not in the cache', () => {
  expect(refusal('Qwen/Qwen3-Reranker-0.6B')).toContain('run `npm run download -- Qwen/Qwen3-Reranker-0.6B`');
});

it('takes the id of a model that lies in the cache, at the revision that is pinned for it', () => {
  const commit = 'e61197ed45024b0ed8a2d74b80b4d909f1255473';
  const folder = path.join(root, 'hub', 'models--Qwen--Qwen3-Reranker-0.6B', 'snapshots', commit);
  writeTinyCheckpoint(folder);
  writeFileSync(path.join(folder, 'tokenizer.json'), '{}');
  expect(resolveModel('Qwen/Qwen3-Reranker-0.6B', { embeddedFolder: '/nowhere', ...hub })).toEqual({ folder });
  hub = { ...hub, revision: '0'.repeat(40) };
  expect(refusal('Qwen/Qwen3-Reranker-0.6B')).toContain('is not in the model cache');
});

it('takes a local folder that looks like the id of a model on the hub', () => {
  mkdirSync(path.join(root, 'Qwen'));
  const folder = path.join(root, 'Qwen', 'Qwen3-Reranker-0.6B');
  writeTinyCheckpoint(folder);
  writeFileSync(path.join(folder, 'tokenizer.json'), '{}');
  vi.spyOn(process, 'cwd').mockReturnValue(root);
  expect(resolveModel('Qwen/Qwen3-Reranker-0.6B', { embeddedFolder: '/nowhere', ...hub })).toEqual({ folder });
  vi.restoreAllMocks();
});

it('refuses a folder that does not exist, with the path it looked at', () => {
  expect(refusal(path.join(root, 'nothing'))).toContain(`the folder ${path.join(root, 'nothing')} does not exist`);
});

it('refuses a file where the folder belongs', () => {
  expect(refusal(path.join(model, 'model.safetensors'))).toMatch(/must be the folder that holds .* is a file$/u);
});

it.each([
  [
    'a folder that is not there',
    () => './no-adapter',
    /^ADAPTER: the folder .*no-adapter does not exist; expected the id of an adapter of/u,
  ],
  [
    'the id of one that is not in the cache',
    () => 'Org/Adapter',
    /^ADAPTER: Org\/Adapter is not in the model cache, .*`npm run download -- Org\/Adapter`/u,
  ],
  [
    'a file',
    () => path.join(model, 'config.json'),
    /^ADAPTER must be the folder that holds adapter_config\.json and .*is a file$/u,
  ],
  [
    'a folder of something else',
    () => model,
    /^ADAPTER: .* lacks adapter_config\.json, adapter_model\.safetensors; an adapter needs/u,
  ],
  [
    'an empty name',
    () => '',
    /^ADAPTER must be the id of an adapter of the hub, or a folder with adapter_config\.json/u,
  ],
])('refuses as an adapter %s', (_what, adapter, message) => {
  const resolve = () => resolveModel(model, { embeddedFolder: model, ...hub, adapter: adapter() });
  expect(resolve).toThrow(ModelError);
  expect(resolve).toThrow(message);
});

it('refuses an empty name', () => {
  expect(refusal('')).toContain('MODEL_NAME must be embedded, the id of a model of the hub, or a folder with');
});
