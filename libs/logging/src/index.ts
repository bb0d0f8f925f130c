export type { Logger } from 'pino';
export { createLogger } from './create-logger.js';
export type { LoggerSettings } from './create-logger.js';
export { NestPinoLogger } from './nest-pino.logger.js';
