import type { MemoryNeed, RopeScaling } from '#libs/tensor';

/** The numbers of config.json that the forward pass needs. */
export interface Qwen3Shape {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Explicit in Qwen3: heads · headDim differs from hiddenSize. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  /** Absent: as trained. */
  readonly ropeScaling?: RopeScaling | undefined;
  /** Qwen2's attention: q, k and v have biases, and their heads are not normed. */
  readonly isQwen2?: boolean | undefined;
}

/** The products of a layer, by the names that vLLM has for their weights. */
export const PRODUCTS = ['qkv_proj', 'o_proj', 'gate_up_proj', 'down_proj'] as const;
export type Product = (typeof PRODUCTS)[number];

/** The modules of a layer whose weights a product has one below the other. */
export const PRODUCT_MODULES: Readonly<Record<Product, readonly string[]>> = {
  qkv_proj: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  o_proj: ['self_attn.o_proj'],
  gate_up_proj: ['mlp.gate_proj', 'mlp.up_proj'],
  down_proj: ['mlp.down_proj'],
};

/** Elements of a product's weight, of one layer. */
export function productParameters(shape: Qwen3Shape, product: Product): number {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize } = shape;
  switch (product) {
    case 'qkv_proj':
      return hiddenSize * (heads + 2 * keyValueHeads) * headDim;
    case 'o_proj':
      return hiddenSize * heads * headDim;
    case 'gate_up_proj':
      return 2 * hiddenSize * intermediateSize;
    case 'down_proj':
      return hiddenSize * intermediateSize;
  }
}

/** Elements of the matrices that `linear` multiplies by, all layers. */
function linearParameters(shape: Qwen3Shape): number {
  return shape.layers * PRODUCTS.reduce((total, product) => total + productParameters(shape, product), 0);
}

/** What a backend will have to hold for passes of up to `rows` rows; `preciseParameters` of them with more bits than the others. */
export function memoryNeed(shape: Qwen3Shape, rows: number, preciseParameters = 0): MemoryNeed {
  const projection = (shape.heads + 2 * shape.keyValueHeads) * shape.headDim;
  const biases = shape.isQwen2 === true ? projection : 0;
  return {
    linearParameters: linearParameters(shape),
    preciseParameters,
    tableParameters: shape.vocabularySize * shape.hiddenSize,
    vectorParameters: shape.layers * (2 * shape.hiddenSize + 2 * shape.headDim + biases) + 2 * shape.hiddenSize,
    // The widest moment: residual, normed rows, and a fused projection with its outcome.
    activationsPerRow: 3 * shape.hiddenSize + 2 * Math.max(projection, 2 * shape.intermediateSize),
    keyValuesPerRow: shape.layers * 2 * shape.keyValueHeads * shape.headDim,
    rows,
  };
}
