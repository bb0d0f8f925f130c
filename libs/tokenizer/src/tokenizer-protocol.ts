import type { PackedIds } from './packed-ids.js';
import type { PromptConstants } from './prompt-constants.js';
import type { PromptFrame } from './prompt-parts.js';

/** What a thread gets when it starts. */
export interface TokenizerSource {
  /** Checkpoint folder with `tokenizer.json`. */
  readonly folder: string;
  readonly frame: PromptFrame;
}

export interface ToTokenizerWorker {
  readonly sliceId: number;
  readonly texts: readonly string[];
  /** Where each token starts and stops is wanted too. */
  readonly spans: boolean;
}

/** What is known of a tokenizer once it is loaded. */
export interface LoadedTokenizer {
  readonly constants: PromptConstants;
  /** Long texts may be encoded in parts. */
  readonly isPartable: boolean;
}

export type FromTokenizerWorker =
  | { readonly kind: 'ready'; readonly loaded: LoadedTokenizer }
  | { readonly kind: 'encoded'; readonly sliceId: number; readonly packed: PackedIds }
  | { readonly kind: 'failed'; readonly sliceId: number; readonly reason: string };
