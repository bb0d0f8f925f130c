export { EngineError, type EngineInformation } from '#libs/engine';
export { ENGINE_LAUNCHES, ModelService } from './model.service.js';
export { SERVED_MODEL, summaryOf, type ServedModel } from './served-model.js';
export type { ModelVerdict } from './model-verdict.js';
export { LIFECYCLE_STATES, type LifecycleState } from './lifecycle.js';
