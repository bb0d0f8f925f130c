import { toFloat32, type StoredTensor } from '#libs/tensor';
import type { Checkpoint } from './checkpoint.js';
import type { ModelConfig } from './model-config.js';
import { ModelError } from './model-error.js';
import { CLASSIFIER, EMBEDDING, LM_HEAD } from './tensor-names.js';

/** A checked configuration and the checkpoint it describes. */
interface Model {
  readonly config: ModelConfig;
  readonly checkpoint: Checkpoint;
}

/** The rows of the head whose difference is the score; a head of one row is that difference already. */
interface HeadRows {
  readonly head: StoredTensor;
  readonly yes: number;
  readonly no?: number;
}

/**
 * The direction d of the score, [hidden] float32: raw score = h · d, logit(yes) − logit(no) of the last hidden state h.
 * Causal model: W[yes] − W[no] of the head, which is the embedding when tied. Classification: the one row, or the
 * difference of the two. Throws ModelError on a head that is zero or not finite, and on ids outside its rows.
 */
export function scoreDirection(model: Model, ids: { readonly yes: number; readonly no: number }): Float32Array {
  if (model.config.labels.length > 0) return directionOf(model, classifierRows(model));
  const head = model.checkpoint.tensor(model.config.tieWordEmbeddings ? EMBEDDING : LM_HEAD);
  requireInside(model, head, ids);
  return directionOf(model, { head, ...ids });
}

/** Throws ModelError where the head of a sequence classification is zero or not finite; needs no token ids. */
export function requireTrainedClassifier(model: Model): void {
  directionOf(model, classifierRows(model));
}

/** Single rows of a matrix [R, C], each [C] in float32. */
export function readRowsAsFloat32(stored: StoredTensor, rows: readonly number[]): Float32Array[] {
  return rows.map((first) => toFloat32(stored.read({ first, count: 1 }), stored.dtype));
}

/** Conversions store [no, yes]; one that names its labels the other way round is believed. */
function classifierRows({ config: { labels }, checkpoint }: Model): HeadRows {
  const head = checkpoint.tensor(CLASSIFIER);
  if (labels.length === 1) return { head, yes: 0 };
  const [first, second] = labels.map((label) => label.trim().toLowerCase());
  return first === 'yes' && second === 'no' ? { head, yes: 0, no: 1 } : { head, yes: 1, no: 0 };
}

function directionOf({ checkpoint }: Model, { head, yes, no }: HeadRows): Float32Array {
  const [direction, subtracted] = readRowsAsFloat32(head, no === undefined ? [yes] : [yes, no]);
  subtracted?.forEach((value, index) => (direction![index]! -= value));
  const fault = faultOf(direction!);
  if (fault === undefined) return direction!;
  const rows = no === undefined ? `row ${yes}` : `row ${yes} (yes) minus row ${no} (no)`;
  throw new ModelError(
    `${checkpoint.folder}: the head ${head.name} cannot score: ${rows} ${fault}, expected trained weights. ` +
      'A conversion can leave a head empty; use the original checkpoint or convert it again',
  );
}

function faultOf(direction: Float32Array): string | undefined {
  if (direction.every((value) => value === 0)) return 'is zero';
  return direction.every((value) => Number.isFinite(value)) ? undefined : 'is not finite';
}

function requireInside({ checkpoint }: Model, head: StoredTensor, ids: { yes: number; no: number }): void {
  const rowCount = head.shape[0]!;
  for (const [word, id] of Object.entries(ids)) {
    if (Number.isInteger(id) && id >= 0 && id < rowCount) continue;
    throw new ModelError(
      `${checkpoint.folder}: the token id ${id} of "${word}" must be one of the ${rowCount} rows of ${head.name}; ` +
        'tokenizer.json belongs to another model',
    );
  }
}
