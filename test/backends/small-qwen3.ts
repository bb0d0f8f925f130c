import { loadQwen3Weights, Qwen3Model, type Qwen3Shape } from '#libs/models';
import type { StoredTensor, TensorOps } from '#libs/tensor';
import { tensorShape } from '../../apps/bench/src/shapes.js';
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
  const weights = await loadQwen3Weights(
    ops,
    shape,
    { tensor: (name: string) => randomWeight(SMALL_SHAPE, name), scoreDirection },
    async () => {},
  );
  return new Qwen3Model(ops, shape, weights);
}

/** The weight of that name, made up; a bias where it is named so. */
export function randomWeight(shape: Qwen3Shape, name: string): StoredTensor {
  const [rows, columns = 1] = tensorShape(shape, name) as [number, number?];
  if (name.endsWith('.bias')) return random(name, [rows]);
  if (name.includes('embed_tokens')) return random(name, [rows, columns]);
  return { ...(name.includes('norm') ? randomNorm(name, rows) : randomLinear(name, [rows, columns])), name };
}
