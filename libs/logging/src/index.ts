export type { Logger } from 'pino';
export { createLogger } from './create-logger.js';
export type { LoggerSettings } from './create-logger.js';
export { droppedLogLines } from './log-output.js';
export { progressBar } from './progress-bar.js';
export { NestPinoLogger } from './nest-pino.logger.js';
export { OtlpExporter } from './otlp-exporter.js';
export { traceSpansOf } from './request-spans.js';
export { traceContextOf } from './trace-context.js';
