import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  load,
  prefixed,
  renamed,
  ST_FILES,
  WEIGHTS,
  without,
  writeOddity,
  type Oddity,
} from '../../../test/support/oddity.js';
import { TINY_CONFIG, tinyTensors } from '../../../test/support/tiny-checkpoint.js';
import { float32Tensor, type WrittenTensor } from '../../../test/support/write-safetensors.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

const lmHead = { 'lm_head.weight': float32Tensor([10, 8], (index) => -index) };
describe('is served as the plain checkpoint:', () => {
  it.each<[string, Oddity]>([
    ['good', {}],
    ['arch_absent: no architectures, but a model type', { config: without('architectures') }],
    ['arch_null', { config: { architectures: null } }],
    ['dtype_auto', { config: { torch_dtype: 'auto' } }],
    ['dtype_torchprefix', { config: { torch_dtype: 'torch.bfloat16' } }],
    ['nullnum: optional numbers as null', { config: { rope_theta: 1e6, rms_norm_eps: null, rope_scaling: null } }],
    ['noprefix: names without model.', { tensors: renamed((name) => name.replace(/^model\./u, '')) }],
    ['compile_prefix', { tensors: prefixed('_orig_mod.') }],
    ['module_prefix', { tensors: prefixed('module.') }],
    ['peft_prefix', { tensors: prefixed('base_model.model.') }],
    ['all three of them', { tensors: prefixed('module._orig_mod.base_model.model.') }],
    ['a prefix that no tool is known by', { tensors: prefixed('student.') }],
    ['the prefix of an older sentence-transformers', { tensors: prefixed('0.auto_model.') }],
    ['a prefix in front of bare names', { tensors: renamed((name) => name.replace(/^model\./u, 'transformer.')) }],
    ['model. twice', { tensors: prefixed('model.') }],
    [
      'wrappers in the middle of names',
      {
        tensors: renamed((name) =>
          name.replace(/(layers\.\d\.)/u, '_fsdp_wrapped_module.$1_checkpoint_wrapped_module.'),
        ),
      },
    ],
    ['a part for images beside it', { tensors: { 'model.visual.patch_embed.weight': float32Tensor([2], () => 1) } }],
    ['dtype_f64', { config: { torch_dtype: 'float64' } }],
    ['dtype_f64 with torch in front', { config: { torch_dtype: 'torch.float64' } }],
    ['dtype_double', { config: { dtype: 'double' } }],
    ['dtype_null', { config: { torch_dtype: null } }],
    [
      'weights in float64',
      { tensors: { 'model.layers.1.mlp.up_proj.weight': asFloat64('model.layers.1.mlp.up_proj.weight') } },
    ],
    [
      'buffers of other types',
      { tensors: { 'model.mask': buffer('BOOL', 1), 'model.position_ids': buffer('I64', 8) } },
    ],
    ['biases that add nothing', { tensors: { 'model.layers.0.self_attn.o_proj.bias': float32Tensor([8], () => 0) } }],
    [
      'nested_text_config: everything in it',
      { config: { ...without(...Object.keys(TINY_CONFIG)), text_config: TINY_CONFIG } },
    ],
    [
      'nested_text_config: the numbers in it',
      {
        config: {
          ...without(...Object.keys(TINY_CONFIG)),
          architectures: ['Qwen3ForCausalLM'],
          text_config: { ...TINY_CONFIG, architectures: null },
        },
      },
    ],
    [
      'a text_config whose keys stand outside, too',
      { config: { text_config: { hidden_size: 99, num_hidden_layers: 9 } } },
    ],
    ['base', { shards: 3 }],
    [
      'singleshard_named: one numbered file without an index',
      { last: (at) => renameSync(path.join(at, WEIGHTS), path.join(at, 'model-00001-of-00001.safetensors')) },
    ],
    ['extra_keys', { config: { something: { new: 1 } } }],
    ['extra_buffers', { tensors: { 'model.rotary_emb.inv_freq': float32Tensor([2], () => 1) } }],
    ['tied_extra_head: it is not read', { tensors: lmHead }],
    ['quant_null', { config: { quantization_config: null } }],
    ['rope_default', { config: { rope_scaling: { rope_type: 'default' } } }],
    ['rope_default_factor', { config: { rope_scaling: { type: 'default', factor: 4 } } }],
    ['linear with factor 1', { config: { rope_scaling: { type: 'linear', factor: 1 } } }],
    ['tf5', { config: { dtype: 'bfloat16', rope_parameters: { rope_type: 'default', rope_theta: 1e6 } } }],
    ['sliding_true, in no layer', { config: { use_sliding_window: true, sliding_window: 8, max_window_layers: 2 } }],
    ['st54', { files: ST_FILES }],
    ['cfg_dup: the last of two keys counts', { files: { 'config.json': dup(TINY_CONFIG) } }],
    ['cfg_proto', { files: { 'config.json': `{"__proto__": {"hidden_size": 1}, ${inner(TINY_CONFIG)}}` } }],
  ])('%s', (_name, oddity) => {
    writeOddity(folder, {});
    const plain = load(folder);
    rmSync(folder, { recursive: true });
    writeOddity(folder, oddity);
    const { bytes, direction, prompt } = load(folder);
    expect({ bytes, direction, prompt }).toEqual({
      bytes: plain.bytes,
      direction: plain.direction,
      prompt: plain.prompt,
    });
  });

  it('vllm_override: a classifier by name, whose score is that of two tokens', () => {
    writeOddity(folder, {});
    const plain = load(folder);
    const overrides = { classifier_from_token: ['no', 'yes'], is_original_qwen3_reranker: true };
    writeOddity(folder, { config: { architectures: ['Qwen3ForSequenceClassification'], ...overrides } });
    expect(load(folder)).toEqual(plain);
  });
});

function asFloat64(name: string): WrittenTensor {
  const { shape, bytes } = tinyTensors()[name]!;
  const values = Float64Array.from(new Float32Array(bytes.slice().buffer));
  return { dtype: 'F64', shape, bytes: new Uint8Array(values.buffer) };
}

function buffer(dtype: string, bytes: number): WrittenTensor {
  return { dtype, shape: [4], bytes: new Uint8Array(4 * bytes) };
}

function inner(config: object): string {
  return JSON.stringify(config).slice(1, -1);
}

function dup(config: object): string {
  return `{"hidden_size": 99, ${inner(config)}}`;
}
