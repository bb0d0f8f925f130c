export type { RerankerModel } from './reranker-model.js';
export { Qwen3Model } from './qwen3/qwen3-model.js';
export { linearParameters, memoryNeed, type Qwen3Shape } from './qwen3/qwen3-shape.js';
export { loadQwen3Weights, type Qwen3Source, type Qwen3Weights } from './qwen3/qwen3-weights.js';
