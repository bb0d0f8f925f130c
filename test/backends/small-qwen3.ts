import { loadQwen3Weights, Qwen3Model, type Qwen3Shape } from '#libs/models';
import type { StoredTensor, TensorOps } from '#libs/tensor';
import { random, randomLinear, randomNorm } from './stored.js';

export const SMALL_SHAPE: Qwen3Shape = {
  hiddenSize: 32,
  layers: 3,
  heads: 4,
  keyValueHeads: 2,
  headDim: 16,
  intermediateSize: 48,
  vocabularySize: 512,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
};

/** The product's model with random weights, small enough for the reference operations. */
export async function loadSmallQwen3(ops: TensorOps, change: Partial<Qwen3Shape> = {}): Promise<Qwen3Model> {
  const shape = { ...SMALL_SHAPE, ...change };
  const scoreDirection = new Float32Array(shape.hiddenSize).fill(1);
  const weights = await loadQwen3Weights(ops, shape, { tensor: weight, scoreDirection }, async () => {});
  return new Qwen3Model(ops, shape, weights);
}

function weight(name: string): StoredTensor {
  const { hiddenSize, vocabularySize, headDim } = SMALL_SHAPE;
  if (name.includes('embed_tokens')) return random(name, [vocabularySize, hiddenSize]);
  if (/[qk]_norm/u.test(name)) return randomNorm(name, headDim);
  if (name.includes('norm')) return randomNorm(name, hiddenSize);
  if (name.endsWith('.bias')) return random(name, [linearShape(name)[0]]);
  return { ...randomLinear(name, linearShape(name)), name };
}

function linearShape(name: string): readonly [outputs: number, inputs: number] {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize } = SMALL_SHAPE;
  const [projection] = /[a-z]+_proj/u.exec(name)!;
  switch (projection) {
    case 'q_proj':
      return [heads * headDim, hiddenSize];
    case 'k_proj':
    case 'v_proj':
      return [keyValueHeads * headDim, hiddenSize];
    case 'o_proj':
      return [hiddenSize, heads * headDim];
    case 'down_proj':
      return [hiddenSize, intermediateSize];
    default:
      return [intermediateSize, hiddenSize];
  }
}
