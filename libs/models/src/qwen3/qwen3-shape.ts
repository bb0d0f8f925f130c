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

/** Elements of the matrices that `linear` multiplies by, all layers. */
export function linearParameters(shape: Qwen3Shape): number {
  const queryWidth = shape.heads * shape.headDim;
  const keyValueWidth = shape.keyValueHeads * shape.headDim;
  const attention = shape.hiddenSize * (2 * queryWidth + 2 * keyValueWidth);
  return shape.layers * (attention + 3 * shape.hiddenSize * shape.intermediateSize);
}

/** What a backend will have to hold for passes of up to `rows` rows. */
export function memoryNeed(shape: Qwen3Shape, rows: number): MemoryNeed {
  const projection = (shape.heads + 2 * shape.keyValueHeads) * shape.headDim;
  const biases = shape.isQwen2 === true ? projection : 0;
  return {
    linearParameters: linearParameters(shape),
    tableParameters: shape.vocabularySize * shape.hiddenSize,
    vectorParameters: shape.layers * (2 * shape.hiddenSize + 2 * shape.headDim + biases) + 2 * shape.hiddenSize,
    // The widest moment: residual, normed rows, and a fused projection with its outcome.
    activationsPerRow: 3 * shape.hiddenSize + 2 * Math.max(projection, 2 * shape.intermediateSize),
    rows,
  };
}
