/** A tokenizer that cannot be used: its file is unusable, its thread ended, or it was closed. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
}
