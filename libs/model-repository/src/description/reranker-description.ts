import type { AnswerToken, PromptForms } from '#libs/tokenizer';

/** A reranker as its checkpoint describes it: how it is asked, and how its answer is read. */
export interface RerankerDescription {
  /** The family it was recognised as, or `sentence-transformers` for one that describes itself. */
  readonly family: string;
  readonly prompt: PromptForms;
  /** Used where a request brings none; absent: the prompt without an instruction. */
  readonly defaultInstruction?: string;
  readonly score: ScoreDescription;
  /** The files that prompt, score and instruction were read from, or what stood in for them. */
  readonly sources: { readonly prompt: string; readonly score: string; readonly instruction?: string };
}

interface ScoreDescription {
  readonly head: ScoreHead;
  /** The relevance, 0 to 1, is sigmoid(scale · raw score). */
  readonly scale: number;
}

/** What the raw score is the logit of, or the difference of two logits. */
export type ScoreHead =
  | { readonly kind: 'tokens'; readonly positive: AnswerToken; readonly negative?: AnswerToken }
  /** Rows of a classifier. */
  | { readonly kind: 'labels'; readonly positive: number; readonly negative?: number };
