import { toFloat32, type StoredTensor } from '#libs/tensor';
import type { Checkpoint } from './checkpoint.js';
import type { ScoreHead } from './description/reranker-description.js';
import type { CheckpointConfig } from './checkpoint-config.js';
import { ModelError } from './model-error.js';
import { CLASSIFIER, EMBEDDING, LM_HEAD } from './tensor-names.js';

/** A checked configuration and the checkpoint it describes. */
interface Model {
  readonly config: CheckpointConfig;
  readonly checkpoint: Checkpoint;
}

/** The rows of the head whose difference is the score; without a negative one, the row alone is. */
interface HeadRows {
  readonly head: StoredTensor;
  readonly positive: number;
  readonly negative?: number;
}

/** What the score is made of, tokens by their ids. */
export type HeadChoice = {
  readonly kind: ScoreHead['kind'];
  readonly positive: number;
  readonly negative?: number;
};

/**
 * The direction d of the score, [hidden] float32: raw score = h · d for the last hidden state h. Rows are those of the head,
 * which is the embedding when tied, or of a classifier. Throws ModelError on a head that is zero or not finite, and on rows
 * that it does not have.
 */
export function scoreDirection(model: Model, { kind, positive, negative }: HeadChoice): Float32Array {
  const causal = model.config.tieWordEmbeddings ? EMBEDDING : LM_HEAD;
  const head = model.checkpoint.tensor(kind === 'labels' ? CLASSIFIER : causal);
  const rows = { head, positive, ...(negative !== undefined && { negative }) };
  requireInside(model, rows);
  return directionOf(model, rows);
}

/** Throws ModelError where the head of a sequence classification is zero or not finite; which label is which does not matter. */
export function requireTrainedClassifier(model: Model): void {
  scoreDirection(model, { kind: 'labels', positive: 0, ...(model.config.labels.length > 1 && { negative: 1 }) });
}

/** Single rows of a matrix [R, C], each [C] in float32. */
export function readRowsAsFloat32(stored: StoredTensor, rows: readonly number[]): Float32Array[] {
  return rows.map((first) => toFloat32(stored.read({ first, count: 1 }), stored.dtype));
}

function directionOf({ checkpoint }: Model, { head, positive, negative }: HeadRows): Float32Array {
  const [direction, subtracted] = readRowsAsFloat32(head, negative === undefined ? [positive] : [positive, negative]);
  subtracted?.forEach((value, index) => (direction![index]! -= value));
  const fault = faultOf(direction!);
  if (fault === undefined) return direction!;
  const rows = negative === undefined ? `row ${positive}` : `row ${positive} minus row ${negative}`;
  throw new ModelError(
    `${checkpoint.folder}: the head ${head.name} cannot score: ${rows} ${fault}, expected trained weights. ` +
      'A conversion can leave a head empty; use the original checkpoint or convert it again',
  );
}

function faultOf(direction: Float32Array): string | undefined {
  if (direction.every((value) => value === 0)) return 'is zero';
  return direction.every((value) => Number.isFinite(value)) ? undefined : 'is not finite';
}

function requireInside({ checkpoint }: Model, { head, positive, negative }: HeadRows): void {
  const rowCount = head.shape[0]!;
  for (const id of [positive, negative ?? positive]) {
    if (Number.isInteger(id) && id >= 0 && id < rowCount) continue;
    throw new ModelError(
      `${checkpoint.folder}: the score is made of token ${id}, which must be one of the ${rowCount} rows of ${head.name}; ` +
        'tokenizer.json or the token ids belong to another model',
    );
  }
}
