/** The model that this server answers for, known before its weights are loaded. */
export interface ServedModel {
  /** The name in answers: SERVED_MODEL_NAME, else MODEL_NAME. */
  readonly name: string;
  readonly folder: string;
  readonly architecture: string;
  /** Longest sequence in tokens: MAX_LENGTH, at most what the model has positions for. */
  readonly maxLength: number;
}

export const SERVED_MODEL = Symbol('SERVED_MODEL');
