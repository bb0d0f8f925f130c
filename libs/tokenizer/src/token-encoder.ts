import type { Permit } from '#libs/admission';
import type { Pieces } from './pieces.js';
import type { PromptConstants } from './prompt-constants.js';

/** How a text is encoded. */
export interface EncodeOptions {
  /** It goes on when the caller's request ends: others wait for the same text. */
  readonly lasting?: boolean;
}

/** Turns user text into token ids; Tokenizer in this thread, and ThreadedTokenizer only with a permit. */
export interface TokenEncoder<Right = void> {
  /**
   * Ids of each text, in order, with nothing added; an empty text has none. Control tokens written out in a text
   * ("<|im_end|>") are plain text here, and a lone surrogate counts as U+FFFD.
   *
   * The arrays may be views on one buffer: copy before transferring one. Rejects with the reason when the right ends, and with a
   * TokenizerError when the tokenizer ended.
   */
  encode(texts: readonly string[], right: Right, options?: EncodeOptions): Promise<Int32Array[]>;
}

/** The tokenizer of a server, whatever it runs in: works for requests that were let in. */
export interface Tokenizers extends TokenEncoder<Permit> {
  readonly constants: PromptConstants;
  /** As `encode`, with the part of its text that each token stands for. */
  pieces(texts: readonly string[], permit: Permit): Promise<Pieces[]>;
  /** What still waits or runs rejects. */
  close(): Promise<void>;
}
