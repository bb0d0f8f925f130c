import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TINY_CONFIG } from '../../../test/support/tiny-checkpoint.js';
import { readCheckpointConfig, type CheckpointConfig } from './checkpoint-config.js';
import { ModelError } from './model-error.js';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';

const folder = temporaryFolder();

function readText(text: string): CheckpointConfig {
  writeFileSync(path.join(folder, 'config.json'), text);
  return readCheckpointConfig(folder);
}

function read(changes: Readonly<Record<string, unknown>> = {}): CheckpointConfig {
  return readText(JSON.stringify({ ...TINY_CONFIG, ...changes }));
}

const CLASSIFIER = { architectures: ['Qwen3ForSequenceClassification'] };

it('reads the spelling of transformers 4', () => {
  expect(read()).toEqual({
    architecture: 'Qwen3ForCausalLM',
    hiddenSize: 8,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    headDim: 4,
    intermediateSize: 6,
    vocabularySize: 10,
    rmsNormEps: 1e-6,
    ropeTheta: 1_000_000,
    ropeScaling: undefined,
    maxPositionEmbeddings: 64,
    tieWordEmbeddings: true,
    dtype: 'float32',
    labels: [],
    answers: undefined,
    isQwen2: false,
    isVision: false,
  });
});

it('reads the spelling of transformers 5 to the same configuration', () => {
  const spelling5 = {
    rope_theta: undefined,
    rope_scaling: undefined,
    rope_parameters: { rope_theta: 1_000_000, rope_type: 'default' },
    torch_dtype: undefined,
    dtype: 'float32',
    layer_types: ['full_attention', 'full_attention'],
  };
  expect(read(spelling5)).toEqual(read());
});

it('reads an absent key as transformers does', () => {
  const absent = {
    head_dim: undefined,
    num_attention_heads: 64,
    num_key_value_heads: undefined,
    rms_norm_eps: undefined,
    rope_theta: undefined,
    max_position_embeddings: undefined,
    tie_word_embeddings: undefined,
    hidden_act: undefined,
    torch_dtype: undefined,
  };
  expect(read(absent)).toMatchObject({
    headDim: 128,
    keyValueHeads: 32,
    rmsNormEps: 1e-6,
    ropeTheta: 10_000,
    maxPositionEmbeddings: 32_768,
    tieWordEmbeddings: false,
    dtype: undefined,
  });
});

it('derives the heads from the sizes where their keys are null', () => {
  expect(read({ head_dim: null, num_key_value_heads: null })).toMatchObject({ headDim: 2, keyValueHeads: 4 });
});

it.each([
  ['one name', { id2label: { 0: 'LABEL_0' } }, ['LABEL_0']],
  ['two names in the order of their rows', { id2label: { 1: 'yes', 0: 'no' } }, ['no', 'yes']],
  ['a number', { num_labels: 1 }, ['LABEL_0']],
  ['names and a number that contradicts them', { id2label: { 0: 'score' }, num_labels: 2 }, ['score']],
  ['neither, which means two', {}, ['LABEL_0', 'LABEL_1']],
])('reads the labels of a classification from %s', (_from, changes, labels) => {
  expect(read({ ...CLASSIFIER, ...changes }).labels).toEqual(labels);
});

it('accepts a sliding window that no layer uses', () => {
  expect(read({ use_sliding_window: true, sliding_window: 4096, max_window_layers: 2 }).layers).toBe(2);
  expect(read({ use_sliding_window: true, sliding_window: null, max_window_layers: 0 }).layers).toBe(2);
});

it.each([
  ['qwen3', 'Qwen3ForCausalLM'],
  ['qwen2', 'Qwen2ForCausalLM'],
])('takes the type %s for an architecture that is not named', (model_type, architecture) => {
  expect(read({ architectures: undefined, model_type }).architecture).toBe(architecture);
  expect(read({ architectures: null, model_type }).architecture).toBe(architecture);
});

it('shares the width of Qwen2 out among its heads', () => {
  const qwen2 = read({ architectures: ['Qwen2ForCausalLM'], head_dim: undefined, attention_bias: undefined });
  expect(qwen2).toMatchObject({ isQwen2: true, headDim: 2 });
});

it('reads the part for text of a model for images', () => {
  const vision = {
    architectures: ['Qwen3VLForConditionalGeneration'],
    tie_word_embeddings: true,
    text_config: {
      ...TINY_CONFIG,
      tie_word_embeddings: undefined,
      rope_scaling: undefined,
      rope_parameters: { rope_type: 'default', rope_theta: 5e6, mrope_section: [1, 1], mrope_interleaved: true },
    },
  };
  expect(readText(JSON.stringify(vision))).toMatchObject({
    isVision: true,
    hiddenSize: 8,
    ropeTheta: 5e6,
    tieWordEmbeddings: true,
  });
});

it.each([
  [
    'yarn, in the spelling of transformers 4',
    { rope_scaling: { type: 'yarn', factor: 4, original_max_position_embeddings: 32 } },
  ],
  [
    'yarn, in the spelling of transformers 5',
    {
      rope_theta: undefined,
      rope_parameters: { rope_type: 'yarn', rope_theta: 1e6, factor: 4, original_max_position_embeddings: 32 },
    },
  ],
])('stretches positions by %s', (_spelling, changes) => {
  expect(read(changes)).toMatchObject({
    ropeTheta: 1e6,
    maxPositionEmbeddings: 128,
    ropeScaling: { kind: 'yarn', factor: 4, originalPositions: 32, betaFast: 32, betaSlow: 1, truncate: true },
  });
  expect((read(changes).ropeScaling as { attentionFactor: number }).attentionFactor).toBeCloseTo(
    0.1 * Math.log(4) + 1,
    12,
  );
});

it('stretches positions by a linear scaling', () => {
  expect(read({ rope_scaling: { type: 'linear', factor: 2 } })).toMatchObject({
    maxPositionEmbeddings: 128,
    ropeScaling: { kind: 'linear', factor: 2 },
  });
});

it.each(['auto', 'torch.bfloat16'])('reads the dtype %s', (torch_dtype) => {
  expect(read({ torch_dtype }).dtype).toBe(torch_dtype === 'auto' ? undefined : 'bfloat16');
});

it("takes vLLM's overrides for a classifier that is made of a causal head", () => {
  const overrides = { ...CLASSIFIER, classifier_from_token: ['no', 'yes'], is_original_qwen3_reranker: true };
  expect(read(overrides)).toMatchObject({ labels: [], answers: { positive: 'yes', negative: 'no' } });
  expect(read({ ...CLASSIFIER, classifier_from_token: ['Yes'] })).toMatchObject({ answers: { positive: 'Yes' } });
});

describe('refuses by name', () => {
  it.each([
    [
      'an unknown architecture',
      { architectures: ['LlamaForCausalLM'] },
      /architectures must be one of \["Qwen3ForCausalLM"\], .*, got \["LlamaForCausalLM"\]/u,
    ],
    [
      'a missing architecture of an unknown type',
      { architectures: undefined, model_type: 'llama' },
      /architectures must be .*, got nothing/u,
    ],
    [
      'a reranker of lists',
      { architectures: ['JinaForRanking'] },
      /architectures must be .*jina-reranker-v3 ranks a list .*, got \["JinaForRanking"\]/u,
    ],
    ['attention biases', { attention_bias: true }, /attention_bias must be false, got true/u],
    ['another activation', { hidden_act: 'gelu' }, /hidden_act must be "silu", got "gelu"/u],
    [
      'an unknown RoPE scaling of transformers 4',
      { rope_scaling: { type: 'dynamic', factor: 4 } },
      /rope_scaling\.type must be default, linear or yarn .*, got "dynamic"/u,
    ],
    [
      'an unknown RoPE scaling of transformers 5',
      { rope_parameters: { rope_type: 'longrope', rope_theta: 1e6 } },
      /rope_parameters\.rope_type must be default, linear or yarn .*, got "longrope"/u,
    ],
    [
      'RoPE per kind of layer',
      { rope_parameters: { full_attention: { rope_theta: 1e6 } } },
      /rope_parameters\.full_attention must be a plain value/u,
    ],
    [
      'RoPE parameters that are no object',
      { rope_parameters: 'default' },
      /rope_parameters must be an object or null, got "default"/u,
    ],
    [
      'a RoPE base that is no number',
      { rope_parameters: { rope_theta: '1e6' } },
      /rope_parameters\.rope_theta must be a positive number, got "1e6"/u,
    ],
    [
      'a sliding window in use',
      { use_sliding_window: true, sliding_window: 32, max_window_layers: 1 },
      /use_sliding_window must be false .*, got true/u,
    ],
    [
      'a layer with a sliding window',
      { layer_types: ['full_attention', 'sliding_attention'] },
      /layer_types must be "full_attention" in every layer/u,
    ],
    [
      'an unknown scheme of quantised weights',
      { quantization_config: { quant_method: 'hqq' } },
      /quantization_config\.quant_method must be one of compressed-tensors, .*, got "hqq"/u,
    ],
    [
      'heads that key heads do not divide',
      { num_attention_heads: 5 },
      /num_attention_heads \(5\) must be a multiple of num_key_value_heads \(2\)/u,
    ],
    ['an odd head_dim', { head_dim: 5 }, /head_dim must be even, .*got 5/u],
    [
      'a hidden size that heads do not divide, where head_dim is null',
      { head_dim: null, hidden_size: 9 },
      /head_dim must be a positive integer, got null/u,
    ],
    ['a missing size', { hidden_size: undefined }, /hidden_size must be a positive integer, got nothing/u],
    ['a size of zero', { num_hidden_layers: 0 }, /num_hidden_layers must be a positive integer, got 0/u],
    ['a broken size', { vocab_size: 10.5 }, /vocab_size must be a positive integer, got 10\.5/u],
    [
      'a size beyond 32 bits',
      { intermediate_size: 2 ** 31 },
      /intermediate_size must be a positive integer, got 2147483648/u,
    ],
    ['a negative eps', { rms_norm_eps: -1e-6 }, /rms_norm_eps must be a positive number, got -0\.000001/u],
    [
      'a tie that is no boolean',
      { tie_word_embeddings: 'true' },
      /tie_word_embeddings must be true or false, got "true"/u,
    ],
    [
      'an unknown dtype',
      { torch_dtype: 'int8' },
      /torch_dtype must be bfloat16, float16, float32 \(or absent: .*\), got "int8"/u,
    ],
    [
      'three labels by name',
      { ...CLASSIFIER, id2label: { 0: 'a', 1: 'b', 2: 'c' } },
      /id2label must be one label or two/u,
    ],
    ['three labels by number', { ...CLASSIFIER, num_labels: 3 }, /num_labels must be one label or two .*, got 3/u],
  ])('%s', (_what, changes, message) => {
    expect(() => read(changes)).toThrow(ModelError);
    expect(() => read(changes)).toThrow(message);
  });

  it.each([
    ['text that is not JSON', '{"hidden_size": 8,', /config\.json must hold a JSON object, but it is not JSON/u],
    ['JSON that is no object', '[]', /config\.json must hold a JSON object, got an array/u],
  ])('%s', (_what, text, message) => {
    expect(() => readText(text)).toThrow(message);
  });

  it('a folder without config.json', () => {
    expect(() => readCheckpointConfig(path.join(folder, 'empty'))).toThrow(/config\.json cannot be read/u);
  });
});
