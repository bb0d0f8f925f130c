import { loadQwen3Weights, type Qwen3Shape, type Qwen3Weights } from '#libs/models';
import type { StoredTensor, TensorOps } from '#libs/tensor';

const OFFICIAL = { headDim: 128, keyValueHeads: 8, vocabularySize: 151_669, rmsNormEps: 1e-6, ropeTheta: 1_000_000 };

/** config.json of the official models. */
export const OFFICIAL_SHAPES: Readonly<Record<string, Qwen3Shape>> = {
  '0.6b': { ...OFFICIAL, hiddenSize: 1024, layers: 28, heads: 16, intermediateSize: 3072 },
  '4b': { ...OFFICIAL, hiddenSize: 2560, layers: 36, heads: 32, intermediateSize: 9728 },
  /** Not official: for rehearsals, as narrow as kernels allow. */
  tiny: {
    ...OFFICIAL,
    vocabularySize: 4096,
    hiddenSize: 128,
    layers: 3,
    heads: 2,
    keyValueHeads: 1,
    intermediateSize: 256,
  },
  '8b': { ...OFFICIAL, hiddenSize: 4096, layers: 36, heads: 32, intermediateSize: 12_288 },
};

/** Made-up weights of this shape: a pass costs what the real one costs. */
export function syntheticWeights(ops: TensorOps, shape: Qwen3Shape): Promise<Qwen3Weights> {
  return loadQwen3Weights(ops, shape, new SyntheticCheckpoint(shape), async () => undefined);
}

class SyntheticCheckpoint {
  readonly scoreDirection: Float32Array;
  private readonly buffers = new Map<string, Uint8Array>();

  constructor(private readonly shape: Qwen3Shape) {
    this.scoreDirection = new Float32Array(shape.hiddenSize).fill(0.01);
  }

  tensor(name: string): StoredTensor {
    const shape = tensorShape(this.shape, name);
    return { name, dtype: 'bfloat16', shape, read: () => this.values(shape) };
  }

  /** Tensors of one shape share their values: the layers of a model cost the same. */
  private values(shape: readonly number[]): Uint8Array {
    const key = shape.join('×');
    const known = this.buffers.get(key);
    if (known !== undefined) return known;
    const elements = shape.reduce((product, size) => product * size, 1);
    const bytes = new Uint8Array(bfloat16Pattern(elements).buffer);
    this.buffers.set(key, bytes);
    return bytes;
  }
}

/** bfloat16 of magnitude 0.02 to 0.04 and alternating sign: activations stay finite through any number of layers. */
export function bfloat16Pattern(elements: number): Uint16Array {
  const halves = new Uint16Array(elements);
  for (let index = 0; index < elements; index += 1) halves[index] = 0x3ca4 + (Math.imul(index, 40_503) & 0x807f);
  return halves;
}

/** Dimensions of a tensor of a Qwen3 checkpoint. */
export function tensorShape(shape: Qwen3Shape, name: string): readonly number[] {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize, vocabularySize } = shape;
  if (name.includes('embed_tokens')) return [vocabularySize, hiddenSize];
  if (name.includes('q_norm') || name.includes('k_norm')) return [headDim];
  if (name.includes('norm')) return [hiddenSize];
  if (name.includes('q_proj')) return [heads * headDim, hiddenSize];
  if (name.includes('k_proj') || name.includes('v_proj')) return [keyValueHeads * headDim, hiddenSize];
  if (name.includes('o_proj')) return [hiddenSize, heads * headDim];
  if (name.includes('down_proj')) return [hiddenSize, intermediateSize];
  return [intermediateSize, hiddenSize];
}
