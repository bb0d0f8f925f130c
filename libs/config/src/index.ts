export { AppConfig } from './app-config.js';
export type { BackendName, DtypeName, LogLevel } from './app-config.js';
export { ConfigError } from './config-error.js';
export { ConfigModule } from './config.module.js';
export { inheritedEnvironment } from './inherited-environment.js';
export type { Environment } from './given-variables.js';
export { loadConfig } from './load-config.js';
export { loadEnvironment } from './load-environment.js';
export type { LoadedConfig } from './load-config.js';
