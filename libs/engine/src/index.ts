export { EngineService } from './engine-service.js';
export { ModelRunner, type RunningBatch } from './model-runner.js';
export { PrefixKvCache } from './prefix-kv-cache.js';
export { recordSmallPasses } from './warm-up.js';
