import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '#libs/model-repository';
import type { Qwen3Shape } from '#libs/models';
import { bfloat16Pattern, OFFICIAL_SHAPES, tensorShape } from './shapes.js';

const CHUNK_ELEMENTS = 2 ** 23;

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
  const chunk = new Uint8Array(bfloat16Pattern(CHUNK_ELEMENTS).buffer);
  const written = tensors.map(([name, shape]) => ({
    name,
    dtype: 'bfloat16' as const,
    shape,
    *chunks() {
      const bytes = 2 * shape.reduce((product, size) => product * size, 1);
      for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
    },
  }));
  writeSafetensors(file, written);
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
