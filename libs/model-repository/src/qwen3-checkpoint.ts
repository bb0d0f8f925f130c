import { Checkpoint } from './checkpoint.js';
import { listed } from './listed.js';
import { readModelConfig, type ModelConfig } from './model-config.js';
import { ModelError } from './model-error.js';
import { requireTrainedClassifier } from './score-direction.js';
import { CLASSIFIER, EMBEDDING, LM_HEAD } from './tensor-names.js';

export interface OpenCheckpoint {
  readonly config: ModelConfig;
  readonly checkpoint: Checkpoint;
}

/**
 * Opens a model folder and checks that every tensor of its architecture is there in the right shape; of the weights, only
 * a classifier's few rows are read. Throws ModelError that names what is wrong, all tensors at once.
 */
export function openCheckpoint(folder: string): OpenCheckpoint {
  const config = readModelConfig(folder);
  const checkpoint = Checkpoint.open(folder);
  try {
    const problems = problemsOf(config, checkpoint);
    if (problems.length > 0) throw new ModelError(`${folder} does not fit its config.json: ${listed(problems)}`);
    if (config.labels.length > 0) requireTrainedClassifier({ config, checkpoint });
    return { config, checkpoint };
  } catch (error) {
    checkpoint.close();
    throw error;
  }
}

function problemsOf(config: ModelConfig, checkpoint: Checkpoint): string[] {
  return expectedShapes(config).flatMap(([name, shape]) => {
    if (!checkpoint.has(name)) return [`${name} [${shape.join(', ')}] is missing`];
    const found = checkpoint.tensor(name).shape;
    if (found.join() === shape.join()) return [];
    return [`${name} must be [${shape.join(', ')}], got [${found.join(', ')}]`];
  });
}

type NamedShape = readonly [name: string, shape: readonly number[]];

/** A tied model may hold an lm_head all the same: like transformers, nobody reads it. */
function expectedShapes(config: ModelConfig): NamedShape[] {
  const { hiddenSize, layers, vocabularySize, labels } = config;
  const perLayer = layerShapes(config);
  const shapes: NamedShape[] = [[EMBEDDING, [vocabularySize, hiddenSize]]];
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [name, shape] of perLayer) shapes.push([`model.layers.${layer}.${name}.weight`, shape]);
  }
  shapes.push(['model.norm.weight', [hiddenSize]]);
  if (labels.length > 0) shapes.push([CLASSIFIER, [labels.length, hiddenSize]]);
  else if (!config.tieWordEmbeddings) shapes.push([LM_HEAD, [vocabularySize, hiddenSize]]);
  return shapes;
}

/** Linear weights are [out, in]; no biases. */
function layerShapes(config: ModelConfig): NamedShape[] {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize } = config;
  return [
    ['input_layernorm', [hiddenSize]],
    ['self_attn.q_proj', [heads * headDim, hiddenSize]],
    ['self_attn.k_proj', [keyValueHeads * headDim, hiddenSize]],
    ['self_attn.v_proj', [keyValueHeads * headDim, hiddenSize]],
    ['self_attn.o_proj', [hiddenSize, heads * headDim]],
    ['self_attn.q_norm', [headDim]],
    ['self_attn.k_norm', [headDim]],
    ['post_attention_layernorm', [hiddenSize]],
    ['mlp.gate_proj', [intermediateSize, hiddenSize]],
    ['mlp.up_proj', [intermediateSize, hiddenSize]],
    ['mlp.down_proj', [hiddenSize, intermediateSize]],
  ];
}
