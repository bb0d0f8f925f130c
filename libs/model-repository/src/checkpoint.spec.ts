import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openFilesIn } from '../../../test/support/open-files.js';
import { tinyTensors, writeTinyCheckpoint } from '../../../test/support/tiny-checkpoint.js';
import { float32Tensor, writeSafetensors } from '../../../test/support/write-safetensors.js';
import { Checkpoint } from './checkpoint.js';
import { ModelError } from './model-error.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;

beforeEach(() => void (folder = folderOfTest()));

function writeIndex(weightMap: unknown): void {
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }));
}

function readIndex(): Record<string, string> {
  const text = readFileSync(path.join(folder, 'model.safetensors.index.json'), 'utf8');
  return (JSON.parse(text) as { weight_map: Record<string, string> }).weight_map;
}

function expectRefusal(message: RegExp | string): void {
  expect(() => Checkpoint.open(folder)).toThrow(ModelError);
  expect(() => Checkpoint.open(folder)).toThrow(message);
}

describe.each([
  ['one file', 1],
  ['three shards', 3],
])('a checkpoint in %s', (_what, shards) => {
  it('has every tensor that was written, with its bytes', () => {
    writeTinyCheckpoint(folder, { shards });
    const checkpoint = Checkpoint.open(folder);
    const tensors = tinyTensors();
    expect(checkpoint.names().toSorted()).toEqual(Object.keys(tensors).toSorted());
    for (const [name, { shape, bytes }] of Object.entries(tensors)) {
      expect(checkpoint.has(name)).toBe(true);
      expect(checkpoint.tensor(name)).toMatchObject({ name, shape, dtype: 'float32' });
      expect(Buffer.from(checkpoint.tensor(name).read()).equals(bytes)).toBe(true);
    }
    checkpoint.close();
  });

  it('counts its parameters and their bytes', () => {
    writeTinyCheckpoint(folder, { shards });
    const checkpoint = Checkpoint.open(folder);
    const bytes = Object.values(tinyTensors()).reduce((total, tensor) => total + tensor.bytes.length, 0);
    expect([checkpoint.parameterCount, checkpoint.bytes]).toEqual([bytes / 4, bytes]);
    checkpoint.close();
  });

  it('has nothing else, and says so', () => {
    writeTinyCheckpoint(folder, { shards });
    const checkpoint = Checkpoint.open(folder);
    expect(checkpoint.has('toString')).toBe(false);
    expect(() => checkpoint.tensor('lm_head.weight')).toThrow(`${folder} has no tensor lm_head.weight`);
    checkpoint.close();
  });
});

it('prefers one whole file to an index beside it', () => {
  writeTinyCheckpoint(folder);
  writeIndex({ gone: 'model-1-of-1.safetensors' });
  const checkpoint = Checkpoint.open(folder);
  expect(checkpoint.has('model.norm.weight')).toBe(true);
  checkpoint.close();
});

it('reads a tensor that two shards hold from the one that the index names', () => {
  writeSafetensors(path.join(folder, 'model-1-of-2.safetensors'), { twice: float32Tensor([1], () => 1) });
  writeSafetensors(path.join(folder, 'model-2-of-2.safetensors'), {
    twice: float32Tensor([1], () => 2),
    other: float32Tensor([1], () => 3),
  });
  writeIndex({ twice: 'model-1-of-2.safetensors', other: 'model-2-of-2.safetensors' });
  const checkpoint = Checkpoint.open(folder);
  expect([...new Float32Array(checkpoint.tensor('twice').read().buffer)]).toEqual([1]);
  expect(checkpoint.parameterCount).toBe(2);
  checkpoint.close();
});

describe('refuses by name', () => {
  it('a folder without weights', () => {
    expectRefusal(`${folder} has neither model.safetensors nor model.safetensors.index.json`);
  });

  it('a shard that is missing', () => {
    writeTinyCheckpoint(folder, { shards: 2 });
    rmSync(path.join(folder, 'model-2-of-2.safetensors'));
    expectRefusal(/model-2-of-2\.safetensors cannot be read/u);
    expect(openFilesIn(folder)).toEqual([]);
  });

  it('tensors that the index promises and the shard lacks, ten at most', () => {
    writeTinyCheckpoint(folder, { shards: 2 });
    const phantoms = Array.from({ length: 12 }, (_, index) => [`phantom.${index}`, 'model-1-of-2.safetensors']);
    writeIndex({ ...readIndex(), ...Object.fromEntries(phantoms) });
    expectRefusal(/phantom\.0 is not in model-1-of-2\.safetensors; .*phantom\.9 is not in \S+; and 2 more$/u);
  });

  it.each([
    ['is no object', ['a']],
    ['is missing', undefined],
  ])('an index whose weight_map %s', (_what, weightMap) => {
    writeIndex(weightMap);
    expectRefusal(/index\.json must have an object weight_map/u);
  });

  it.each(['../other/model.safetensors', '/etc/model.safetensors', 'pytorch_model.bin', 7])(
    'an index that puts a tensor into %s',
    (shard) => {
      writeIndex({ weight: shard });
      expectRefusal(/weight_map must put weight into a \.safetensors file of this folder, got/u);
    },
  );

  it('an index that is not JSON', () => {
    writeFileSync(path.join(folder, 'model.safetensors.index.json'), '{');
    expectRefusal(/index\.json must hold a JSON object, but it is not JSON/u);
  });
});
