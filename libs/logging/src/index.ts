export type { Logger } from 'pino';
export { createLogger } from './create-logger.js';
export type { LoggerSettings } from './create-logger.js';
export { droppedLogLines } from './log-output.js';
export { NestPinoLogger } from './nest-pino.logger.js';
export { contextOf, currentRequest, enterRequest, note, type RequestContext } from './request-context.js';
export { OtlpExporter } from './otlp-exporter.js';
export { spansOf } from './request-spans.js';
export { traceContextOf } from './trace-context.js';
