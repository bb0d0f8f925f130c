export { EngineService } from './engine-service.js';
export { loadEngine, ModelTooLargeError, type LoadedEngine } from './load-engine.js';
export { ModelRunner, NonFiniteScoreError, type RunningBatch } from './model-runner.js';
export { PrefixKvCache } from './prefix-kv-cache.js';
export { batchBudget, MIN_BATCH_TOKENS } from './batch-budget.js';
export { measureTokensPerSecond, recordSmallPasses } from './warm-up.js';
