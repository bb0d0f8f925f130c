/** Turns user text into token ids; the in-thread tokenizer and the pool of threads both do. */
export interface TokenEncoder {
  /**
   * Ids of each text, in order, with nothing added; an empty text has none. Control tokens written out in a text
   * ("<|im_end|>") are plain text here, and a lone surrogate counts as U+FFFD.
   *
   * The arrays may be views on one buffer: copy before transferring one. Rejects with the signal's reason when it is
   * aborted, and with a TokenizerError when the tokenizer ended.
   */
  encode(texts: readonly string[], signal?: AbortSignal): Promise<Int32Array[]>;
}
