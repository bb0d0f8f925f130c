import { beforeEach, describe, expect, it } from 'vitest';
import { openFilesIn } from '../../../test/support/open-files.js';
import { writeTinyCheckpoint, type TinyChanges } from '../../../test/support/tiny-checkpoint.js';
import { float32Tensor } from '../../../test/support/write-safetensors.js';
import { ModelError } from './model-error.js';
import { openCheckpoint, type OpenCheckpoint } from './qwen3-checkpoint.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;

beforeEach(() => void (folder = folderOfTest()));

const ones = (...shape: number[]) => float32Tensor(shape, () => 1);
const classification = (...labels: string[]) => ({
  architectures: ['Qwen3ForSequenceClassification'],
  id2label: Object.fromEntries(labels.entries()),
});

function open(changes: TinyChanges): OpenCheckpoint {
  writeTinyCheckpoint(folder, changes);
  return openCheckpoint(folder);
}

describe('opens', () => {
  it.each<[string, TinyChanges]>([
    ['a tied causal model without a head', {}],
    ['a tied causal model that holds a head of another shape', { tensors: { 'lm_head.weight': ones(3, 3) } }],
    ['an untied causal model', { config: { tie_word_embeddings: false }, tensors: { 'lm_head.weight': ones(10, 8) } }],
    ['a classification with one label', { config: classification('LABEL_0'), tensors: { 'score.weight': ones(1, 8) } }],
    [
      'a classification with two labels',
      { config: classification('no', 'yes'), tensors: { 'score.weight': float32Tensor([2, 8], (index) => index) } },
    ],
    ['a checkpoint in shards', { shards: 4 }],
  ])('%s', (_what, changes) => {
    const { config, checkpoint } = open(changes);
    expect(config.hiddenSize).toBe(8);
    expect(checkpoint.tensor('model.embed_tokens.weight').shape).toEqual([10, 8]);
    checkpoint.close();
  });
});

describe('refuses by name', () => {
  it.each<[string, TinyChanges, string]>([
    [
      'a missing tensor',
      { tensors: { 'model.layers.1.self_attn.q_norm.weight': undefined } },
      'model.layers.1.self_attn.q_norm.weight [4] is missing',
    ],
    [
      'a tensor of another shape',
      { tensors: { 'model.layers.0.mlp.down_proj.weight': ones(6, 8) } },
      'model.layers.0.mlp.down_proj.weight must be [8, 6], got [6, 8]',
    ],
    [
      'a matrix of as many elements in another number of dimensions',
      { tensors: { 'model.norm.weight': ones(1, 8) } },
      'model.norm.weight must be [8], got [1, 8]',
    ],
    [
      'a tensor twice, with a prefix and without',
      { tensors: { 'embed_tokens.weight': ones(10, 8) } },
      'has model.embed_tokens.weight twice',
    ],
    [
      'an adapter',
      { tensors: { 'model.layers.0.mlp.down_proj.lora_A.weight': ones(1, 8) } },
      'is part of an adapter (LoRA)',
    ],
    ['more layers than tensors', { config: { num_hidden_layers: 1_000_000 } }, 'num_hidden_layers is 1000000'],
    ['an untied model without a head', { config: { tie_word_embeddings: false } }, 'lm_head.weight [10, 8] is missing'],
    ['a classification without a head', { config: classification('LABEL_0') }, 'score.weight [1, 8] is missing'],
    [
      'a head of two rows where one label is configured',
      { config: classification('LABEL_0'), tensors: { 'score.weight': ones(2, 8) } },
      'score.weight must be [1, 8], got [2, 8]',
    ],
    ['a vocabulary larger than its rows', { config: { vocab_size: 11 } }, 'must be [11, 8], got [10, 8]'],
    [
      'the empty head of a classification',
      { config: classification('LABEL_0'), tensors: { 'score.weight': float32Tensor([1, 8], () => 0) } },
      'the head score.weight cannot score: row 0 is zero',
    ],
    [
      'a classification whose two rows are equal',
      { config: classification('no', 'yes'), tensors: { 'score.weight': ones(2, 8) } },
      'the head score.weight cannot score: row 0 minus row 1 is zero',
    ],
  ])('%s', (_what, changes, message) => {
    expect(() => open(changes)).toThrow(ModelError);
    expect(() => open(changes)).toThrow(message);
  });

  it('all bad tensors at once, ten of them by name', () => {
    // 11 tensors of the layer that is not there, and two that are wrong.
    const tensors = { 'model.norm.weight': undefined, 'model.embed_tokens.weight': ones(10, 4) };
    expect(() => open({ config: { num_hidden_layers: 3 }, tensors })).toThrow(
      /does not fit its config\.json: model\.embed_tokens\.weight must be \[10, 8\], got \[10, 4\]; .*; and 3 more; download it again/u,
    );
  });

  it('and leaves no file open', () => {
    expect(() => open({ shards: 2, tensors: { 'model.norm.weight': undefined } })).toThrow(ModelError);
    expect(openFilesIn(folder)).toEqual([]);
  });
});
