import type { RerankerDescription } from '#libs/model-repository';

/** The model that this server answers for, known before its weights are loaded. */
export interface ServedModel {
  /** The name in answers: SERVED_MODEL_NAME, else MODEL_NAME. */
  readonly name: string;
  readonly folder: string;
  readonly architecture: string;
  /** How it is asked and read. */
  readonly reranker: RerankerDescription;
  /** Rows of its embedding table. */
  readonly vocabularySize: number;
  /** Longest sequence in tokens: MAX_LENGTH, at most what the model has positions for. */
  readonly maxLength: number;
}

/** What was understood of the checkpoint, for the log and for who asks. */
export function summaryOf({ family, score, defaultInstruction, sources, notes }: RerankerDescription) {
  return {
    family,
    score: score.head,
    relevance: score.scale === 1 ? 'sigmoid(raw score)' : `sigmoid(${score.scale} * raw score)`,
    default_instruction: defaultInstruction ?? null,
    sources,
    notes,
  };
}

export const SERVED_MODEL = Symbol('SERVED_MODEL');
