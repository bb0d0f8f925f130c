export type { Logger } from 'pino';
export { createLogger } from './create-logger.js';
export { droppedLogLines } from './log-output.js';
export { progressBar } from './progress-bar.js';
export { NestPinoLogger } from './nest-pino.logger.js';
