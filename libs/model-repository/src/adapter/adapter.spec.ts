import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openFilesIn } from '../../../../test/support/open-files.js';
import { writeTinyCheckpoint } from '../../../../test/support/tiny-checkpoint.js';
import { float32Tensor, writeSafetensors, type WrittenTensor } from '../../../../test/support/write-safetensors.js';
import { ModelError } from '../model-error.js';
import { openCheckpoint } from '../qwen3-checkpoint.js';
import { hubBaseOf, resolveModel } from '../resolve-model.js';
import { folderOfTest } from '../../../../test/support/temporary-folder.js';

let root: string;
let base: string;
let adapter: string;
beforeEach(() => {
  root = folderOfTest();
  [base, adapter] = [path.join(root, 'base'), path.join(root, 'adapter')];
  mkdirSync(adapter);
  writeTinyCheckpoint(base);
  writeFileSync(path.join(base, 'tokenizer.json'), '{}');
});

const MODULE = 'base_model.model.model.layers.1.mlp.up_proj';
const PLAIN: Readonly<Record<string, unknown>> = {
  peft_type: 'LORA',
  r: 2,
  lora_alpha: 4,
  base_model_name_or_path: '../base',
  bias: 'none',
  use_dora: false,
  target_modules: ['up_proj'],
};
const TENSORS: Readonly<Record<string, WrittenTensor>> = {
  [`${MODULE}.lora_A.weight`]: float32Tensor([2, 8], (index) => index + 1),
  [`${MODULE}.lora_B.weight`]: float32Tensor([6, 2], (index) => (index % 2 === 0 ? 1 : 10)),
};

function write(config: object = {}, tensors: Readonly<Record<string, WrittenTensor>> = TENSORS): void {
  writeFileSync(path.join(adapter, 'adapter_config.json'), JSON.stringify({ ...PLAIN, ...config }));
  writeSafetensors(path.join(adapter, 'adapter_model.safetensors'), tensors);
}

function load() {
  const found = resolveModel(adapter, { embeddedFolder: base, cacheFolder: path.join(root, 'cache') });
  const opened = openCheckpoint(found.folder, found.adapterFolder);
  opened.checkpoint.close();
  return opened;
}

describe('an adapter', () => {
  it('is added to the rows that are read, in float32, and the files are closed with those of the base', () => {
    write();
    const plain = openCheckpoint(base).checkpoint;
    const { checkpoint } = openCheckpoint(base, adapter);
    const name = 'model.layers.1.mlp.up_proj.weight';
    const row = (tensor: typeof plain) => new Float32Array(tensor.tensor(name).read({ first: 3, count: 1 }).buffer);
    // Row 3 of B is [1, 10]; alpha/r is 2.
    const expected = Array.from(row(plain), (value, column) =>
      Math.fround(value + 2 * (column + 1 + 10 * (column + 9))),
    );
    expect([...row(checkpoint)]).toEqual(expected);
    expect(checkpoint.tensor('model.norm.weight').dtype).toBe('float32');
    checkpoint.close();
    plain.close();
    expect(openFilesIn(root)).toEqual([]);
  });

  it('brings the rows of a classifier, and of another vocabulary', () => {
    const head = { 'base_model.model.score.weight': float32Tensor([2, 8], (index) => index + 1) };
    const embedding = { 'base_model.model.model.embed_tokens.weight': float32Tensor([12, 8], (index) => index + 1) };
    write({ task_type: 'SEQ_CLS' }, { ...TENSORS, ...head, ...embedding });
    expect(load().config).toMatchObject({
      architecture: 'Qwen3ForSequenceClassification',
      labels: ['LABEL_0', 'LABEL_1'],
      vocabularySize: 12,
    });
  });

  it('says which model of the hub it needs', () => {
    write({ base_model_name_or_path: 'Qwen/Qwen3-Reranker-0.6B', revision: 'main' });
    expect(hubBaseOf(adapter)).toEqual({ id: 'Qwen/Qwen3-Reranker-0.6B', revision: 'main' });
    expect(hubBaseOf(base)).toBeUndefined();
    expect(load).toThrow(
      /adapter_config\.json: base_model_name_or_path must be .*, got "Qwen\/Qwen3-Reranker-0\.6B"; run `npm run download/u,
    );
  });
});

describe('an adapter is refused:', () => {
  const A = `${MODULE}.lora_A.weight`;
  const B = `${MODULE}.lora_B.weight`;
  it.each<[string, object, Readonly<Record<string, WrittenTensor>> | undefined, RegExp]>([
    [
      'DoRA',
      { use_dora: true },
      undefined,
      /use_dora must be absent \(DoRA: not merged; merge it with PEFT.*got true/u,
    ],
    ['another kind', { peft_type: 'IA3' }, undefined, /peft_type must be "LORA" .*, got "IA3"/u],
    ['trained biases', { bias: 'all' }, undefined, /bias must be "none" .*, got "all"/u],
    [
      'a start that changes the base',
      { init_lora_weights: 'pissa_niter_4' },
      undefined,
      /init_lora_weights must be true/u,
    ],
    ['layers twice', { layer_replication: [[0, 1]] }, undefined, /layer_replication must be absent/u],
    ['no rank', { r: 0 }, undefined, /adapter_config\.json: r must be a positive integer, got 0/u],
    ['no alpha', { lora_alpha: null }, undefined, /lora_alpha must be a positive number, got null/u],
    ['a pattern without end', { rank_pattern: { '(a+)+': 2 } }, undefined, /rank_pattern\.\(a\+\)\+ must be/u],
    [
      'a rank that is not that of the file',
      { r: 3 },
      undefined,
      /lora_B · lora_A of .* must be \[6, 3\] · \[3, 8\], got \[6, 2\] · \[2, 8\]/u,
    ],
    ['a part alone', {}, { [A]: TENSORS[A]! }, /must have both lora_A and lora_B, one is missing/u],
    [
      'another model',
      {},
      { [A]: TENSORS[A]!, [B]: float32Tensor([7, 2], () => 1) },
      /must be \[6, 2\] · \[2, 8\], got \[7, 2\]/u,
    ],
    [
      'a module that the base lacks',
      {},
      { 'base_model.model.model.layers.9.mlp.up_proj.weight': TENSORS[A]! },
      /must be a module of the base model, which has no model\.layers\.9/u,
    ],
    [
      'magnitudes',
      {},
      { ...TENSORS, [`${MODULE}.lora_magnitude_vector`]: TENSORS[A]! },
      /lora_magnitude_vector must be a part of a LoRA/u,
    ],
    ['nothing', {}, {}, /holds no tensor/u],
    ['8 bits', {}, { ...TENSORS, [A]: { dtype: 'I8', shape: [2, 8], bytes: new Uint8Array(16) } }, /is stored as I8/u],
    [
      'three labels',
      {},
      { 'base_model.model.score.weight': float32Tensor([3, 8], () => 1) },
      /score\.weight must have one row or two/u,
    ],
    [
      'a base that is none',
      { base_model_name_or_path: '' },
      undefined,
      /base_model_name_or_path must be the folder .*, got ""; set MODEL_NAME .* and ADAPTER/u,
    ],
    [
      'a base that is itself',
      { base_model_name_or_path: '../adapter' },
      undefined,
      /base_model_name_or_path must be the folder of a model/u,
    ],
  ])('%s', (_what, config, tensors, message) => {
    write(config, tensors);
    expect(load).toThrow(ModelError);
    expect(load).toThrow(message);
    expect(openFilesIn(root)).toEqual([]);
  });

  it('without its weights', () => {
    write();
    rmSync(path.join(adapter, 'adapter_model.safetensors'));
    expect(load).toThrow(/lacks adapter_model\.safetensors; an adapter needs/u);
  });

  it('truncated', () => {
    write();
    const file = path.join(adapter, 'adapter_model.safetensors');
    writeFileSync(file, Buffer.alloc(40));
    expect(load).toThrow(ModelError);
    expect(openFilesIn(root)).toEqual([]);
  });
});
