import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeReranker, openCheckpoint, resolveModel, scoreDirection } from '#libs/model-repository';
import { tinyTensors, writeTinyCheckpoint, type TinyChanges } from './tiny-checkpoint.js';
import type { WrittenTensor } from './write-safetensors.js';

type Files = Readonly<Record<string, string | object | null>>;

/** A checkpoint with changes of config, tensors and files; a file that is null is taken away. */
export interface Oddity extends TinyChanges {
  readonly files?: Files;
  /** What is done last. */
  readonly last?: (folder: string) => void;
}

export function writeOddity(folder: string, { files = {}, last, ...changes }: Oddity): void {
  writeTinyCheckpoint(folder, changes);
  const vocab = { yes: 7, no: 3 };
  for (const [name, content] of Object.entries({ 'tokenizer.json': { model: { vocab } }, ...files })) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (content === null) rmSync(file, { force: true });
    else writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  last?.(folder);
}

/** What the server does with MODEL_NAME before it starts an engine. */
export function load(folder: string) {
  const opened = openCheckpoint(
    resolveModel(folder, { embeddedFolder: folder, cacheFolder: path.join(folder, 'cache') }).folder,
  );
  try {
    const { family, prompt } = describeReranker(folder, opened.config);
    const { checkpoint, config } = opened;
    const bytes = Buffer.from(checkpoint.tensor('model.layers.1.mlp.up_proj.weight').read()).toString('hex');
    const direction = [...scoreDirection({ config, checkpoint }, { kind: 'tokens', positive: 7, negative: 3 })];
    return { family, prompt, bytes, direction, labels: config.labels };
  } finally {
    opened.checkpoint.close();
  }
}

export const without = (...names: string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, undefined]));
export const renamed = (rename: (name: string) => string): Record<string, WrittenTensor | undefined> => {
  const tensors = tinyTensors();
  const names = Object.keys(tensors).map((name) => [name, undefined]);
  return {
    ...(Object.fromEntries(names) as Record<string, undefined>),
    ...Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), tensor])),
  };
};
export const prefixed = (prefix: string) => renamed((name) => prefix + name);

export const ST_FILES = {
  'modules.json': [
    { path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' },
    { path: '1_LogitScore', type: 'x.LogitScore' },
  ],
  '1_LogitScore/config.json': { true_token_id: 7, false_token_id: 3 },
};
export const WEIGHTS = 'model.safetensors';
/** What a clone without Git LFS has in the place of a file. */
export const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';
