import type { RelevanceFormula, RerankerDescription } from '#libs/model-repository';

/** The model that this server answers for, known before its weights are loaded. */
export interface ServedModel {
  /** The name in answers: SERVED_MODEL_NAME, else MODEL_NAME. */
  readonly name: string;
  readonly folder: string;
  /** A LoRA adapter that is merged into the weights while they are loaded. */
  readonly adapterFolder?: string;
  readonly architecture: string;
  /** How most of its weights are stored: `bfloat16`, `compressed-tensors, int8`. */
  readonly storedAs: string;
  /** How it is asked and read. */
  readonly reranker: RerankerDescription;
  /** How its raw scores become the relevance, instead of the model's own scale. */
  readonly calibration?: RelevanceFormula;
  /** Rows of its embedding table. */
  readonly vocabularySize: number;
  /** Longest sequence in tokens: MAX_LENGTH, at most what the model has positions for. */
  readonly maxLength: number;
}

export function relevanceFormulaOf({ reranker, calibration }: ServedModel): RelevanceFormula {
  return calibration ?? { a: reranker.score.scale, b: 0 };
}

/** What was understood of the checkpoint, for the log and for who asks. */
export function summaryOf(model: ServedModel) {
  const { reranker, adapterFolder, storedAs } = model;
  const { family, score, defaultInstruction, sources }: RerankerDescription = reranker;
  return {
    family,
    score: score.head,
    relevance: inWords(relevanceFormulaOf(model)),
    calibrated: model.calibration !== undefined,
    default_instruction: defaultInstruction ?? null,
    sources,
    adapter: adapterFolder ?? null,
    stored_as: storedAs,
  };
}

function inWords({ a, b }: RelevanceFormula): string {
  const scaled = a === 1 ? 'raw score' : `${a} * raw score`;
  return b === 0 ? `sigmoid(${scaled})` : `sigmoid(${scaled} ${b < 0 ? '-' : '+'} ${Math.abs(b)})`;
}
