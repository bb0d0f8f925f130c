export { Checkpoint } from './checkpoint.js';
export { readModelConfig, type Architecture, type ModelConfig } from './model-config.js';
export { ModelError } from './model-error.js';
export { openCheckpoint, scoreDirection, type OpenCheckpoint } from './qwen3-checkpoint.js';
export { MODEL_FILES, resolveModel } from './resolve-model.js';
