import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  load,
  POINTER,
  prefixed,
  ST_FILES,
  WEIGHTS,
  without,
  writeOddity,
  type Oddity,
} from '../../../test/support/oddity.js';
import { openFilesIn } from '../../../test/support/open-files.js';
import { TINY_CONFIG } from '../../../test/support/tiny-checkpoint.js';
import { float32Tensor, writeRawSafetensors } from '../../../test/support/write-safetensors.js';
import { ModelError } from './model-error.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

let folder: string;
beforeEach(() => void (folder = folderOfTest()));

/** What each message has to have, in this order: the file or name, the key, what was expected, what was found, what to do. */
describe('is refused:', () => {
  it.each<[string, Oddity, RegExp]>([
    ['act_gelu', { config: { hidden_act: 'gelu' } }, /config\.json: hidden_act must be "silu", got "gelu"/u],
    ['arch_str', { config: { architectures: 'Qwen3ForCausalLM' } }, /architectures must be one of .*, got "Qwen3/u],
    ['bert_full', { config: { architectures: ['BertForSequenceClassification'] } }, /must be one of .*got \["Bert/u],
    ['qwen3_moe', { config: { architectures: ['Qwen3MoeForCausalLM'] } }, /mixtures of experts are not served/u],
    ['jina3', { config: { architectures: ['JinaForRanking'] } }, /ranks a list of passages in one prompt/u],
    ['qwen3model', { config: { architectures: ['Qwen3Model'] } }, /a model without a head, for embeddings/u],
    ['no_arch', { config: without('architectures', 'model_type') }, /architectures must be one of .*, got nothing/u],
    ['bias', { config: { attention_bias: true } }, /config\.json: attention_bias must be false, got true/u],
    ['cfg_array', { files: { 'config.json': [] } }, /config\.json must hold a JSON object, got an array/u],
    ['cfg_bom', { files: { 'config.json': `\uFEFF{}` } }, /but it is not JSON \(it begins with a byte order mark\)/u],
    ['cfg_empty', { files: { 'config.json': '' } }, /config\.json must hold a JSON object, but it is not JSON/u],
    ['cfg_infinity', { files: { 'config.json': '{"rope_theta": Infinity}' } }, /config\.json .* is not JSON/u],
    ['cfg_lfs', { files: { 'config.json': POINTER } }, /config\.json is a pointer of Git LFS .* `git lfs pull`/u],
    ['dtype_int8', { config: { torch_dtype: 'int8' } }, /torch_dtype must be bfloat16, .*\(or absent: .*, got "int8"/u],
    ['dtype of no text', { config: { torch_dtype: 16 } }, /torch_dtype must be bfloat16, .*\(or absent: .*, got 16/u],
    [
      'a number that is nested and wrong',
      { config: { ...without('hidden_size'), text_config: { hidden_size: 0 } } },
      /config\.json: text_config\.hidden_size must be a positive integer, got 0/u,
    ],
    [
      'numbers in a section of another name',
      {
        config: {
          ...without(...Object.keys(TINY_CONFIG)),
          architectures: ['Qwen3ForCausalLM'],
          llm_config: TINY_CONFIG,
        },
      },
      /must be a positive integer, got nothing; llm_config has it: write its keys into the object around it/u,
    ],
    ['eps_0', { config: { rms_norm_eps: 0 } }, /rms_norm_eps must be a positive number, got 0/u],
    ['heads0', { config: { num_attention_heads: 0 } }, /num_attention_heads must be a positive integer, got 0/u],
    [
      'layers_more',
      { config: { num_hidden_layers: 3 } },
      /model\.layers\.2\.input_layernorm\.weight \[8\] is missing/u,
    ],
    [
      'layers_less',
      { config: { num_hidden_layers: 1 } },
      /model\.layers\.1\.input_layernorm\.weight has no place in it; .*take the config\.json it was saved with/u,
    ],
    [
      "biases of Qwen2's attention in a Qwen3",
      { tensors: { 'model.layers.0.self_attn.q_proj.bias': float32Tensor([16], () => 1) } },
      /model\.layers\.0\.self_attn\.q_proj\.bias has no place in it/u,
    ],
    [
      'two models in one file',
      { tensors: { ...prefixed('student.'), 'teacher.model.embed_tokens.weight': float32Tensor([10, 8], () => 1) } },
      /model\.embed_tokens\.weight \[10, 8\] is missing/u,
    ],
    ['layers_1e6', { config: { num_hidden_layers: 1e6 } }, /num_hidden_layers is 1000000, .* 24 tensors in all/u],
    ['layers_2^31-1', { config: { num_hidden_layers: 2 ** 31 - 1 } }, /num_hidden_layers is 2147483647/u],
    ['vocab_less', { config: { vocab_size: 9 } }, /embed_tokens\.weight must be \[9, 8\], got \[10, 8\]/u],
    ['vocab_float', { config: { vocab_size: 10.5 } }, /vocab_size must be a positive integer, got 10\.5/u],
    ['rope_str', { config: { rope_scaling: 'yarn' } }, /rope_scaling must be an object or null, got "yarn"/u],
    ['rope_theta_neg', { config: { rope_theta: -5 } }, /rope_theta must be a positive number, got -5/u],
    ['rope_theta_str', { config: { rope_theta: '1e6' } }, /rope_theta must be a positive number, got "1e6"/u],
    [
      'rope_dynamic',
      { config: { rope_scaling: { type: 'dynamic' } } },
      /rope_scaling\.type must be default, linear or yarn/u,
    ],
    [
      'sliding_half',
      { config: { use_sliding_window: true, sliding_window: 8, max_window_layers: 1 } },
      /use_sliding_window must be false/u,
    ],
    [
      'seqcls_3',
      { config: { architectures: ['Qwen3ForSequenceClassification'], num_labels: 3 } },
      /num_labels must be one label or two .*, got 3/u,
    ],
    ['seqcls_zero', zeroHead(), /the head score\.weight cannot score: row 0 .*is zero, expected trained weights/u],
    [
      'tie_absent',
      { config: without('tie_word_embeddings') },
      /lm_head\.weight \[10, 8\] is missing; .*config\.json it was saved/u,
    ],
    ['untied_missing_head', { config: { tie_word_embeddings: false } }, /lm_head\.weight \[10, 8\] is missing/u],
    [
      'missing tensors, which transformers would fill with random numbers',
      { tensors: { 'model.layers.1.mlp.up_proj.weight': undefined } },
      /model\.layers\.1\.mlp\.up_proj\.weight \[6, 8\] is missing; download it again/u,
    ],
    [
      'an adapter that is half merged',
      { tensors: { 'model.layers.0.mlp.up_proj.lora_A.weight': float32Tensor([1, 8], () => 1) } },
      /is part of an adapter \(LoRA\); expected merged weights/u,
    ],
    [
      'two tensors of a name',
      { tensors: { 'module.model.norm.weight': float32Tensor([8], () => 1) } },
      /has model\.norm\.weight twice/u,
    ],
    [
      'st_sub',
      { files: { ...ST_FILES, 'modules.json': [{ path: '0_Transformer', type: 'x.Transformer' }] } },
      /path of the Transformer must be "", .* set MODEL_NAME/u,
    ],
    [
      'index_escape',
      indexed('../model.safetensors'),
      /weight_map must put a into a \.safetensors file of this folder/u,
    ],
    ['index_missing_shard', indexed('model-00001-of-00002.safetensors'), /lacks model-00001-of-00002\.safetensors/u],
    [
      'index_empty',
      { files: { 'model.safetensors.index.json': { weight_map: {} }, [WEIGHTS]: null } },
      /num_hidden_layers is 2, but the weights have 0 tensors/u,
    ],
    [
      'sharded_no_index',
      unindexed(),
      /is one of several shards, and model\.safetensors\.index\.json.* download it too/u,
    ],
    [
      'a template as a fifo',
      { last: (at) => execFileSync('mkfifo', [path.join(at, 'chat_template.jinja')]) },
      /chat_template\.jinja is not a file; take it away/u,
    ],
    [
      'a template that is a pointer',
      { files: { 'chat_template.jinja': POINTER } },
      /chat_template\.jinja is a pointer of Git/u,
    ],
    [
      'a card as a fifo, and no weights',
      { files: { [WEIGHTS]: null, 'a.gguf': '' }, last: (at) => execFileSync('mkfifo', [path.join(at, 'README.md')]) },
      /a\.gguf is a model in the format GGUF .*take the repository/u,
    ],
    [
      'a file where a folder of conversions would be',
      { files: { [WEIGHTS]: null, onnx: '' } },
      /lacks model\.safetensors/u,
    ],
    [
      'labels whose rows contradict each other',
      {
        config: {
          architectures: ['Qwen3ForSequenceClassification'],
          id2label: { 0: 'no', 1: 'yes' },
          label2id: { no: 1, yes: 0 },
        },
      },
      /config\.json: label2id\.no must be 0, its row in id2label, got 1/u,
    ],
    ['no_config', { files: { 'config.json': null } }, /lacks config\.json; a model needs/u],
    ['no_tokenizer', { files: { 'tokenizer.json': null } }, /lacks tokenizer\.json; a model needs/u],
    [
      'tok_vocab_merges',
      { files: { 'tokenizer.json': null, 'vocab.json': {}, 'merges.txt': '' } },
      /lacks tokenizer\.json; .*vocab\.json and merges\.txt are the tokenizer in an older form; make tokenizer\.json of it/u,
    ],
    [
      'tok_sentencepiece',
      { files: { 'tokenizer.json': null, 'tokenizer.model': '' } },
      /lacks tokenizer\.json; .*tokenizer\.model are the tokenizer in an older form/u,
    ],
    ['dirweights', { files: { [WEIGHTS]: null, [`${WEIGHTS}/x`]: '' } }, /model\.safetensors is not a file/u],
    [
      'fifo',
      { files: { [WEIGHTS]: null }, last: (at) => execFileSync('mkfifo', [path.join(at, WEIGHTS)]) },
      /model\.safetensors is not a file/u,
    ],
    [
      'config as a fifo',
      { files: { 'config.json': null }, last: (at) => execFileSync('mkfifo', [path.join(at, 'config.json')]) },
      /config\.json is not a file/u,
    ],
    [
      'gguf',
      instead('model-Q4_K_M.gguf'),
      /is a model in the format GGUF .*; take the repository that this one was made from/u,
    ],
    [
      'gguf, with a card',
      { files: { [WEIGHTS]: null, 'a.gguf': '', 'README.md': '---\nbase_model:\n- Qwen/Qwen3-Reranker-0.6B\n---\n' } },
      /GGUF .*; take Qwen\/Qwen3-Reranker-0\.6B instead/u,
    ],
    ['onnx', instead('onnx/model.onnx'), /onnx\/model\.onnx is a model in the format ONNX; take the repository/u],
    ['openvino', instead('openvino_model.bin'), /in the format OpenVINO; take the repository/u],
    [
      'pytorch_bin',
      instead('pytorch_model.bin'),
      /in the format pickle; take the repository .*save it with safetensors/u,
    ],
    ['consolidated', instead('consolidated.safetensors'), /consolidated\.safetensors is a model in the format/u],
    ['st_lfs', { files: { [WEIGHTS]: POINTER } }, /model\.safetensors is a pointer of Git LFS .* `git lfs pull`/u],
    ['st_empty', { files: { [WEIGHTS]: '' } }, /model\.safetensors is truncated: it has 0 bytes/u],
    ['st_hdr_deep', raw(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`), /header entry of a must have a dtype/u],
    ['st_hdr_array', raw('[]'), /its header must be a JSON object/u],
    ['st_hdr_notjson', raw('{'), /its header is not JSON/u],
    ['st_hdr_zero', raw(''), /its header is not JSON/u],
    [
      'st_hdr_huge',
      { last: (at) => writeFileSync(path.join(at, WEIGHTS), Buffer.alloc(16, 0xff)) },
      /a header is at most 100000000 bytes/u,
    ],
    ['st_f8 without a word in config.json', stored('F8_E4M3', 1), /is stored as F8_E4M3/u],
    ['st_i32', stored('I32', 4), /is stored as I32, expected BF16, .*take that config\.json, or the original/u],
    ['st_f8 of the other kind', stored('F8_E5M2', 1), /is stored as F8_E5M2, expected BF16/u],
    ['st_bool', stored('BOOL', 1), /is stored as BOOL, expected BF16/u],
    [
      'st_f4, which no reader knows',
      stored('F4', 1),
      /is stored as F4, expected one of BF16, .*save the model again in BF16/u,
    ],
    [
      'st_truncated',
      { last: (at) => cut(path.join(at, WEIGHTS), -4) },
      /is truncated: .*fetch it again: delete the file/u,
    ],
    ['st_trunc_hdr', { last: (at) => cut(path.join(at, WEIGHTS), 100) }, /is truncated: it has 100 bytes, its header/u],
    [
      'nan',
      {
        config: { architectures: ['Qwen3ForSequenceClassification'], num_labels: 1 },
        tensors: { 'score.weight': float32Tensor([1, 8], () => Number.NaN) },
      },
      /score\.weight cannot score: row 0 is not finite/u,
    ],
  ])('%s', (_name, oddity, message) => {
    writeOddity(folder, oddity);
    expect(() => load(folder)).toThrow(ModelError);
    expect(() => load(folder)).toThrow(message);
    expect(openFilesIn(folder)).toEqual([]);
  });
});

function zeroHead(): Oddity {
  const config = { architectures: ['Qwen3ForSequenceClassification'], num_labels: 1 };
  return { config, tensors: { 'score.weight': float32Tensor([1, 8], () => 0) } };
}

function indexed(file: string): Oddity {
  return { files: { 'model.safetensors.index.json': { weight_map: { a: file } }, [WEIGHTS]: null } };
}

function unindexed(): Oddity {
  return {
    shards: 2,
    files: { 'model.safetensors.index.json': null },
    last: (at) =>
      renameSync(path.join(at, 'model-1-of-2.safetensors'), path.join(at, 'model-00001-of-00002.safetensors')),
  };
}

function instead(file: string): Oddity {
  return { files: { [WEIGHTS]: null, [file]: '' } };
}

function raw(header: string): Oddity {
  return { last: (at) => writeRawSafetensors(path.join(at, WEIGHTS), header, new Uint8Array()) };
}

function stored(dtype: string, bytes: number): Oddity {
  return {
    tensors: { 'model.layers.0.mlp.up_proj.weight': { dtype, shape: [6, 8], bytes: new Uint8Array(48 * bytes) } },
  };
}

function cut(file: string, end: number): void {
  writeFileSync(file, readFileSync(file).subarray(0, end));
}
