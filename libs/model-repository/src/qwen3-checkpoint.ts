import { toFloat32 } from '#libs/tensor';
import { Adapter } from './adapter/adapter.js';
import { dequantised } from './quantised/quantisation.js';
import { Checkpoint, type TensorChanges } from './checkpoint.js';
import { listed } from './shown.js';
import { readCheckpointConfig, type CheckpointConfig } from './checkpoint-config.js';
import { ModelError } from './model-error.js';
import { requireTrainedClassifier } from './score-direction.js';
import { CLASSIFIER, EMBEDDING, LM_HEAD } from './tensor-names.js';

export interface OpenCheckpoint {
  readonly config: CheckpointConfig;
  readonly checkpoint: Checkpoint;
}

/**
 * Opens a model folder and checks that every tensor of its architecture is there in the right shape; of the weights, only
 * a classifier's few rows are read. With an adapter, its weights are those that the adapter makes of them. Throws ModelError that names what is wrong, all tensors at once.
 */
export function openCheckpoint(folder: string, adapterFolder?: string): OpenCheckpoint {
  const base = readCheckpointConfig(folder);
  const adapter = adapterFolder === undefined ? undefined : Adapter.open(adapterFolder);
  const checkpoint = Checkpoint.open(folder, changesOf(base, adapter));
  try {
    const config = adapter?.configOf(base) ?? base;
    requirePossible(config, checkpoint);
    const problems = [...problemsOf(config, checkpoint), ...strangers(config, checkpoint)];
    if (problems.length > 0) throw new ModelError(misfit(folder, problems));
    if (config.labels.length > 0) requireTrainedClassifier({ config, checkpoint });
    return { config, checkpoint };
  } catch (error) {
    checkpoint.close();
    throw error;
  }
}

/** How most weights are stored, for people: `bfloat16`, `compressed-tensors, int8`. */
export function storedFormat({ config, checkpoint }: OpenCheckpoint): string {
  return config.quantisation?.name ?? checkpoint.storedDtype;
}

function changesOf(base: CheckpointConfig, adapter: Adapter | undefined): TensorChanges {
  return {
    apply: (stored) => {
      const tensors = dequantised(stored, base.quantisation);
      return adapter?.mergedInto(tensors, base) ?? tensors;
    },
    close: () => adapter?.close(),
  };
}

/** transformers would go on with random numbers in the place of what is missing, and rank nonsense. */
function misfit(folder: string, problems: readonly string[]): string {
  return `${folder} does not fit its config.json: ${listed(problems)}; download it again, or take the config.json it was saved with`;
}

/** More layers than tensors: named at once, without a list of all that is missing. */
function requirePossible({ layers }: CheckpointConfig, checkpoint: Checkpoint): void {
  const tensors = checkpoint.names().length;
  if (layers <= tensors) return;
  throw new ModelError(
    `${checkpoint.folder} does not fit its config.json: num_hidden_layers is ${layers}, but the weights have ${tensors} tensors in all`,
  );
}

function problemsOf(config: CheckpointConfig, checkpoint: Checkpoint): string[] {
  return expectedShapes(config).flatMap(([name, shape]) => {
    if (!checkpoint.has(name)) return [`${name} [${shape.join(', ')}] is missing`];
    const found = checkpoint.tensor(name).shape;
    if (found.join() === shape.join()) return [];
    return [`${name} must be [${shape.join(', ')}], got [${found.join(', ')}]`];
  });
}

/** Weights of a layer that a model of this configuration does not have: with them it would be another one. */
function strangers(config: CheckpointConfig, checkpoint: Checkpoint): string[] {
  const expected = new Set(expectedShapes(config).map(([name]) => name));
  const unknown = checkpoint.names().filter((name) => OF_A_LAYER.test(name) && !expected.has(name));
  return unknown.filter((name) => !isZeroBias(name, checkpoint)).map((name) => `${name} has no place in it`);
}

const OF_A_LAYER = /^model\.layers\.\d+\..+\.(?:weight|bias)$/u;

/** Quantised checkpoints bring biases that add nothing. */
function isZeroBias(name: string, checkpoint: Checkpoint): boolean {
  if (!name.endsWith('.bias')) return false;
  const stored = checkpoint.tensor(name);
  return toFloat32(stored.read(), stored.dtype).every((value) => value === 0);
}

type NamedShape = readonly [name: string, shape: readonly number[]];

/** A tied model may hold an lm_head all the same: it is not read, as in transformers. */
function expectedShapes(config: CheckpointConfig): NamedShape[] {
  const { hiddenSize, layers, vocabularySize, labels } = config;
  const perLayer = layerShapes(config);
  const shapes: NamedShape[] = [[EMBEDDING, [vocabularySize, hiddenSize]]];
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [name, shape] of perLayer) shapes.push([`model.layers.${layer}.${name}`, shape]);
  }
  shapes.push(['model.norm.weight', [hiddenSize]]);
  if (labels.length > 0) shapes.push([CLASSIFIER, [labels.length, hiddenSize]]);
  else if (!config.tieWordEmbeddings) shapes.push([LM_HEAD, [vocabularySize, hiddenSize]]);
  return shapes;
}

/** Linear weights are [out, in]. */
function layerShapes(config: CheckpointConfig): NamedShape[] {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize, isQwen2 } = config;
  const [queryWidth, keyWidth] = [heads * headDim, keyValueHeads * headDim];
  return [
    ['input_layernorm.weight', [hiddenSize]],
    ['self_attn.q_proj.weight', [queryWidth, hiddenSize]],
    ['self_attn.k_proj.weight', [keyWidth, hiddenSize]],
    ['self_attn.v_proj.weight', [keyWidth, hiddenSize]],
    ['self_attn.o_proj.weight', [hiddenSize, queryWidth]],
    ...attentionVectors(isQwen2, { queryWidth, keyWidth, headDim }),
    ['post_attention_layernorm.weight', [hiddenSize]],
    ['mlp.gate_proj.weight', [intermediateSize, hiddenSize]],
    ['mlp.up_proj.weight', [intermediateSize, hiddenSize]],
    ['mlp.down_proj.weight', [hiddenSize, intermediateSize]],
  ];
}

/** Qwen3 norms the heads of q and k, Qwen2 adds biases to q, k and v. */
function attentionVectors(
  isQwen2: boolean,
  { queryWidth, keyWidth, headDim }: { queryWidth: number; keyWidth: number; headDim: number },
): NamedShape[] {
  if (!isQwen2) {
    return [
      ['self_attn.q_norm.weight', [headDim]],
      ['self_attn.k_norm.weight', [headDim]],
    ];
  }
  return [
    ['self_attn.q_proj.bias', [queryWidth]],
    ['self_attn.k_proj.bias', [keyWidth]],
    ['self_attn.v_proj.bias', [keyWidth]],
  ];
}
