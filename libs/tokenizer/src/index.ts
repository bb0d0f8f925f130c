export { TokenizerError } from './errors.js';
export type { Piece } from './pieces.js';
export type { PromptConstants, PromptFrame } from './prompt-constants.js';
export type { TokenEncoder } from './token-encoder.js';
export { TokenizerPool } from './tokenizer-pool.js';
export type { TokenizerPoolOptions } from './tokenizer-pool.js';
export { Tokenizer } from './tokenizer.js';
