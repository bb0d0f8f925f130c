export { backendEnvironment } from './backend-environment.js';
export {
  BEAT_MS,
  beatOnce,
  CHANNEL_STREAMS,
  childChannel,
  parentTransport,
  type ChildChannel,
  type Transport,
} from './channel.js';
export type { EngineInformation, EngineOptions, EngineUsage, FromEngine, ToEngine } from './engine-protocol.js';
export { decodeFromEngine, decodeToEngine, encodeFromEngine, encodeToEngine } from './frame-codec.js';
