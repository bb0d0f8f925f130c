export {
  EngineError,
  LIFECYCLE_STATES,
  type EngineInformation,
  type EngineLaunch,
  type LifecycleState,
} from '#libs/engine-host';
export { percentOf, type RelevanceFormula } from '#libs/model-repository';
export { ModelService } from './model.service.js';
export { MODEL_SOURCE, type Download, type ModelSource, type OpenModel, type Opening } from './model-source.js';
export type { ModelVerdict } from './model-verdict.js';
export { ModelNotReadyError } from './model-not-ready.js';
export { relevanceFormulaOf, summaryOf, type ServedModel } from './served-model.js';
