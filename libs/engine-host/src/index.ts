export { EngineError, type EngineEvent } from './engine-event.js';
export { EngineHost, type EngineLaunch } from './engine-host.js';
export { LIFECYCLE_STATES, type LifecycleState } from './lifecycle.js';
export type { EngineInformation, EngineUsage } from '#libs/engine-protocol';
