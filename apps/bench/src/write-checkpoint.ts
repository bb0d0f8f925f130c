import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Qwen3Shape } from '#libs/models';
import { OFFICIAL_SHAPES, tensorShape } from './shapes.js';

const CHUNK_BYTES = 2 ** 24;

/**
 * A checkpoint of an official shape with made-up bf16 weights: config.json and one model.safetensors.
 * @param changes What is different from the official shape.
 */
export function writeOfficialCheckpoint(name: string, folder: string, changes: Partial<Qwen3Shape> = {}): void {
  const official = OFFICIAL_SHAPES[name];
  if (official === undefined) throw new Error(`--shape must be ${Object.keys(OFFICIAL_SHAPES).join(', ')}`);
  const shape = { ...official, ...changes };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(configOf(shape)));
  const tensors = tensorNames(shape).map((tensor) => [tensor, tensorShape(shape, tensor)] as const);
  writeWeights(path.join(folder, 'model.safetensors'), tensors);
}

/** A LoRA adapter for every product of an official shape, as PEFT saves it, with made-up bf16 weights. */
export function writeOfficialAdapter(name: string, folder: string, rank: number): void {
  const shape = OFFICIAL_SHAPES[name]!;
  const config = { peft_type: 'LORA', r: rank, lora_alpha: 2 * rank, base_model_name_or_path: '' };
  writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify(config));
  const tensors = tensorNames(shape)
    .filter((tensor) => tensor.endsWith('_proj.weight'))
    .flatMap((tensor) => {
      const [rows, columns] = tensorShape(shape, tensor) as [number, number];
      const module = `base_model.model.${tensor.replace(/\.weight$/u, '')}`;
      return [
        [`${module}.lora_A.weight`, [rank, columns]] as const,
        [`${module}.lora_B.weight`, [rows, rank]] as const,
      ];
    });
  writeWeights(path.join(folder, 'adapter_model.safetensors'), tensors);
}

function writeWeights(file: string, tensors: readonly (readonly [name: string, shape: readonly number[]])[]): void {
  const entries: Record<string, object> = {};
  let bytes = 0;
  for (const [name, shape] of tensors) {
    const end = bytes + 2 * shape.reduce((product, size) => product * size, 1);
    entries[name] = { dtype: 'BF16', shape, data_offsets: [bytes, end] };
    bytes = end;
  }
  const header = JSON.stringify(entries);
  const padded = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  // bfloat16 of magnitude 0.02 to 0.04 and alternating sign, as in the synthetic weights.
  const chunk = new Uint16Array(CHUNK_BYTES / 2).map((_, index) => 0x3ca4 + (Math.imul(index, 40_503) & 0x807f));
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, length);
  writeSync(descriptor, padded);
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    writeSync(descriptor, new Uint8Array(chunk.buffer, 0, Math.min(left, CHUNK_BYTES)));
  }
  closeSync(descriptor);
}

function tensorNames({ layers }: Qwen3Shape): string[] {
  const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'q_norm', 'k_norm'].map((part) => `self_attn.${part}`);
  const mlp = ['gate_proj', 'up_proj', 'down_proj'].map((part) => `mlp.${part}`);
  const layer = [...projections, ...mlp, 'input_layernorm', 'post_attention_layernorm'];
  const inLayers = Array.from({ length: layers }, (_, index) => layer.map((part) => `layers.${index}.${part}`)).flat();
  return ['embed_tokens', ...inLayers, 'norm'].map((part) => `model.${part}.weight`);
}

function configOf(shape: Qwen3Shape): object {
  return {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    hidden_size: shape.hiddenSize,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.headDim,
    intermediate_size: shape.intermediateSize,
    vocab_size: shape.vocabularySize,
    max_position_embeddings: 40_960,
    rms_norm_eps: shape.rmsNormEps,
    rope_theta: shape.ropeTheta,
    hidden_act: 'silu',
    tie_word_embeddings: true,
  };
}
