import type { RerankerDescription } from '#libs/model-repository';

/** The model that this server answers for, known before its weights are loaded. */
export interface ServedModel {
  /** The name in answers: SERVED_MODEL_NAME, else MODEL_NAME. */
  readonly name: string;
  readonly folder: string;
  /** A LoRA adapter that is merged into the weights while they are loaded. */
  readonly adapterFolder?: string;
  readonly architecture: string;
  /** How its weights are stored in few bits; absent: they are not. */
  readonly storedAs?: string;
  /** How it is asked and read. */
  readonly reranker: RerankerDescription;
  /** Rows of its embedding table. */
  readonly vocabularySize: number;
  /** Longest sequence in tokens: MAX_LENGTH, at most what the model has positions for. */
  readonly maxLength: number;
}

/** What was understood of the checkpoint, for the log and for who asks. */
export function summaryOf({ reranker, adapterFolder, storedAs }: ServedModel) {
  const { family, score, defaultInstruction, sources }: RerankerDescription = reranker;
  return {
    family,
    score: score.head,
    relevance: score.scale === 1 ? 'sigmoid(raw score)' : `sigmoid(${score.scale} * raw score)`,
    default_instruction: defaultInstruction ?? null,
    sources,
    adapter: adapterFolder ?? null,
    quantised: storedAs ?? null,
  };
}
