// The words that variables of AppConfig choose from.

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['auto', 'json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export const BACKENDS = ['auto', 'libtorch', 'tfjs', 'tfjs-node', 'tfjs-node-gpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

export const DTYPES = ['auto', 'f32', 'bf16', 'fp16', 'fp8', 'int8'] as const;
export type DtypeName = (typeof DTYPES)[number];

export const MODEL_CHECKS = ['warn', 'refuse', 'off'] as const;
export type ModelCheckChoice = (typeof MODEL_CHECKS)[number];

/** Python's names for levels, so that an existing .env of a Python service keeps working. */
export const PYTHON_LOG_LEVELS = { warning: 'warn', critical: 'fatal' };
