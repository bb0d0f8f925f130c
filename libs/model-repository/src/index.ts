export { Checkpoint } from './checkpoint.js';
export { readModelConfig, type Architecture, type ModelConfig } from './model-config.js';
export { ModelError } from './model-error.js';
export { openCheckpoint, type OpenCheckpoint } from './qwen3-checkpoint.js';
export { resolveModel, type ResolvedModel } from './resolve-model.js';
export { readRowsAsFloat32, scoreDirection } from './score-direction.js';
export { MODEL_FILES } from './weight-files.js';
