import { Checkpoint } from './checkpoint.js';
import { toFloat32 } from '#libs/tensor';
import { readModelConfig, type ModelConfig } from './model-config.js';
import { ModelError } from './model-error.js';
import type { FileTensor } from './safetensors.js';

const EMBEDDING = 'model.embed_tokens.weight';
const LM_HEAD = 'lm_head.weight';
const CLASSIFIER = 'score.weight';
const NAMED_PROBLEMS = 10;

export interface OpenCheckpoint {
  readonly config: ModelConfig;
  readonly checkpoint: Checkpoint;
}

/** Opens a model folder and checks that every tensor of its architecture is there in the right shape. */
export function openCheckpoint(folder: string): OpenCheckpoint {
  const config = readModelConfig(folder);
  const checkpoint = Checkpoint.open(folder);
  const problems = problemsOf(config, checkpoint);
  if (problems.length === 0) return { config, checkpoint };
  checkpoint.close();
  const more = problems.length > NAMED_PROBLEMS ? `; and ${problems.length - NAMED_PROBLEMS} more` : '';
  throw new ModelError(
    `${folder} does not fit its config.json: ${problems.slice(0, NAMED_PROBLEMS).join('; ')}${more}`,
  );
}

function problemsOf(config: ModelConfig, checkpoint: Checkpoint): string[] {
  return [...expectedShapes(config)].flatMap(([name, shape]) => {
    const found = checkpoint.find(name);
    if (found === undefined) return [`${name} [${shape.join(', ')}] is missing`];
    if (found.shape.join() === shape.join()) return [];
    return [`${name} must be [${shape.join(', ')}], got [${found.shape.join(', ')}]`];
  });
}

function expectedShapes(config: ModelConfig): Map<string, readonly number[]> {
  const { hiddenSize, layers, vocabularySize, labels } = config;
  const shapes = new Map<string, readonly number[]>([
    [EMBEDDING, [vocabularySize, hiddenSize]],
    ['model.norm.weight', [hiddenSize]],
  ]);
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [name, shape] of layerShapes(config)) shapes.set(`model.layers.${layer}.${name}.weight`, shape);
  }
  if (labels.length > 0) shapes.set(CLASSIFIER, [labels.length, hiddenSize]);
  else if (!config.tieWordEmbeddings) shapes.set(LM_HEAD, [vocabularySize, hiddenSize]);
  return shapes;
}

/** Linear weights are [out, in]; no biases. */
function layerShapes(config: ModelConfig): [string, readonly number[]][] {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize } = config;
  return [
    ['input_layernorm', [hiddenSize]],
    ['post_attention_layernorm', [hiddenSize]],
    ['self_attn.q_proj', [heads * headDim, hiddenSize]],
    ['self_attn.k_proj', [keyValueHeads * headDim, hiddenSize]],
    ['self_attn.v_proj', [keyValueHeads * headDim, hiddenSize]],
    ['self_attn.o_proj', [hiddenSize, heads * headDim]],
    ['self_attn.q_norm', [headDim]],
    ['self_attn.k_norm', [headDim]],
    ['mlp.gate_proj', [intermediateSize, hiddenSize]],
    ['mlp.up_proj', [intermediateSize, hiddenSize]],
    ['mlp.down_proj', [hiddenSize, intermediateSize]],
  ];
}

/**
 * The direction d of the score, [hidden] float32: raw score = h · d, logit(yes) − logit(no) of the last hidden state h.
 * Causal model: W[yes] − W[no] of the head, which is the embedding when tied. Classification: the one row, or the
 * difference of the two. Throws ModelError on a head that is zero or not finite: its scores would all be 0.5.
 */
export function scoreDirection(
  { config, checkpoint }: OpenCheckpoint,
  ids: { readonly yes: number; readonly no: number },
): Float32Array {
  const { head, yes, no } = headRows(config, checkpoint, ids);
  const direction = row(head, yes);
  if (no !== undefined) {
    const other = row(head, no);
    direction.forEach((value, index) => (direction[index] = value - other[index]!));
  }
  if (!direction.every((value) => Number.isFinite(value)) || direction.every((value) => value === 0)) {
    throw new ModelError(
      `${checkpoint.folder}: the head ${head.name} is zero or not finite, so it cannot score; expected trained rows`,
    );
  }
  return direction;
}

function headRows(config: ModelConfig, checkpoint: Checkpoint, ids: { yes: number; no: number }) {
  const { labels } = config;
  if (labels.length === 1) return { head: checkpoint.tensor(CLASSIFIER), yes: 0, no: undefined };
  if (labels.length === 2) {
    // Converted checkpoints store [no, yes]; one that names its labels the other way round is believed.
    const yes = labels[0]!.toLowerCase() === 'yes' ? 0 : 1;
    return { head: checkpoint.tensor(CLASSIFIER), yes, no: 1 - yes };
  }
  return { head: checkpoint.tensor(config.tieWordEmbeddings ? EMBEDDING : LM_HEAD), ...ids };
}

function row(tensor: FileTensor, index: number): Float32Array {
  return toFloat32(tensor.read({ first: index, count: 1 }), tensor.dtype);
}
