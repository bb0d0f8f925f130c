export type { RerankerModel } from './reranker-model.js';
export { Qwen3Model } from './qwen3/qwen3-model.js';
export { nameOfProduct, PreciseWeights } from './qwen3/precise-weights.js';
export { memoryNeed, PRODUCT_MODULES, PRODUCTS, type Product, type Qwen3Shape } from './qwen3/qwen3-shape.js';
export { loadQwen3Weights, type Qwen3Source, type Qwen3Weights } from './qwen3/qwen3-weights.js';
