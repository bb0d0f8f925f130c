/** A text of a request that a prompt has a place for. */
export type Slot = 'instruction' | 'query' | 'document';

/**
 * A prompt in its order: fixed text, trusted, so that control tokens written in it become control ids; the place of a text of
 * the request, in which they stay text; or a joint, at whose two sides the prompt is tokenised apart.
 */
export type PromptPart = { readonly text: string } | { readonly slot: Slot } | { readonly joint: true };

/** The prompts of a model; one that always has an instruction needs no other. */
export interface PromptForms {
  /** Absent: the model takes no instruction. */
  readonly withInstruction?: readonly PromptPart[];
  /** Absent: there is always an instruction, given or by default. */
  readonly withoutInstruction?: readonly PromptPart[];
}

/** A label that is a token of the vocabulary: its id, or a word that is one token. */
export type AnswerToken = number | string;

/** What a tokenizer derives ids for. */
export interface PromptFrame {
  readonly forms: PromptForms;
  /** Tokens whose logits make the score; absent where the score is not made of tokens. */
  readonly answers?: { readonly positive: AnswerToken; readonly negative?: AnswerToken };
}
