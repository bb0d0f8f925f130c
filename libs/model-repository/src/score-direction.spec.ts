import { beforeEach, describe, expect, it } from 'vitest';
import { writeTinyCheckpoint, type TinyChanges } from '../../../test/support/tiny-checkpoint.js';
import { float32Tensor, type WrittenTensor } from '../../../test/support/write-safetensors.js';
import { ModelError } from './model-error.js';
import { openCheckpoint } from './qwen3-checkpoint.js';
import { labelsHead } from './description/classifier-labels.js';
import { readRowsAsFloat32, scoreDirection, type HeadChoice } from './score-direction.js';
import { folderOfTest } from '../../../test/support/temporary-folder.js';

const IDS = { kind: 'tokens', positive: 7, negative: 3 } as const;
const UNTIED = { tie_word_embeddings: false };

let folder: string;

beforeEach(() => void (folder = folderOfTest()));

function direction(changes: TinyChanges, choice: HeadChoice = IDS): number[] {
  writeTinyCheckpoint(folder, changes);
  const model = openCheckpoint(folder);
  try {
    return [...scoreDirection(model, choice)];
  } finally {
    model.checkpoint.close();
  }
}

function classifier(labels: readonly string[], rows: readonly number[]): TinyChanges {
  return {
    config: { architectures: ['Qwen3ForSequenceClassification'], id2label: Object.fromEntries(labels.entries()) },
    tensors: { 'score.weight': float32Tensor([rows.length, 8], (index) => rows[Math.floor(index / 8)]!) },
  };
}

/** [10, 8]: each row holds one number eight times. */
function head(valueOf: (row: number) => number): WrittenTensor {
  return float32Tensor([10, 8], (index) => valueOf(Math.floor(index / 8)));
}

function rowsOf(labels: readonly string[]): HeadChoice {
  return labelsHead(labels, 'config.json') as HeadChoice;
}

const eight = (value: number): number[] => Array.from({ length: 8 }, () => value);

describe('the direction of the score', () => {
  it('is W[yes] − W[no] of an untied head', () => {
    const tensors = { 'lm_head.weight': head((row) => row * row) };
    expect(direction({ config: UNTIED, tensors })).toEqual(eight(49 - 9));
  });

  it('is W[yes] − W[no] of the embedding when tied, also where a head is stored', () => {
    const tensors = { 'model.embed_tokens.weight': head((row) => 2 * row), 'lm_head.weight': head((row) => 5 * row) };
    expect(direction({ tensors })).toEqual(eight(8));
  });

  it('is the difference in float32 of rows that are stored shorter', () => {
    // 1.0078125 and 1 are neighbours in bfloat16.
    const bits = Uint16Array.from({ length: 80 }, (_, index) =>
      Math.floor(index / 8) === IDS.positive ? 0x3f81 : 0x3f80,
    );
    const tensors = { 'lm_head.weight': { dtype: 'BF16', shape: [10, 8], bytes: new Uint8Array(bits.buffer) } };
    expect(direction({ config: UNTIED, tensors })).toEqual(eight(0.0078125));
  });

  it.each([
    ['the one row of a classification', ['LABEL_0'], [2.5], 2.5],
    ['yes minus no of two rows without names', ['LABEL_0', 'LABEL_1'], [1, 4], 3],
    ['yes minus no of the rows no and yes', ['no', 'yes'], [1, 4], 3],
    ['yes minus no of the rows yes and no', ['yes', 'no'], [1, 4], -3],
    ['yes minus no whatever the case of the names', ['Yes', ' NO '], [1, 4], -3],
    ['true minus false', ['true', 'false'], [1, 4], -3],
    ['relevant minus irrelevant', ['relevant', 'irrelevant'], [1, 4], -3],
    ['the second row where the first is zero', ['no', 'yes'], [0, 4], 4],
  ])('is %s', (_what, labels, rows, expected) => {
    expect(direction(classifier(labels, rows), rowsOf(labels))).toEqual(eight(expected));
  });
});

describe('refuses', () => {
  it.each([
    ['a head of zeros', () => 0, /lm_head\.weight cannot score: row 7 minus row 3 is zero/u],
    ['equal rows for yes and no', () => 1, /row 7 minus row 3 is zero/u],
    ['infinite rows', (row: number) => (row === 7 ? Infinity : 1), /is not finite/u],
    ['rows that are not numbers', (row: number) => (row === 3 ? Number.NaN : 1), /is not finite/u],
  ])('%s', (_what, valueOf, message) => {
    const changes = { config: UNTIED, tensors: { 'lm_head.weight': head(valueOf) } };
    expect(() => direction(changes)).toThrow(ModelError);
    expect(() => direction(changes)).toThrow(message);
  });

  it('an embedding of zeros, when tied', () => {
    expect(() => direction({ tensors: { 'model.embed_tokens.weight': head(() => 0) } })).toThrow(
      /model\.embed_tokens\.weight cannot score/u,
    );
  });

  it.each([
    ['yes', { ...IDS, positive: 10 }, /token 10, which must be one of the 10 rows of model\.embed_tokens\.weight/u],
    ['no', { ...IDS, negative: -1 }, /token -1, which must be one of the 10 rows/u],
  ])('a token id of %s outside the vocabulary', (_word, ids, message) => {
    expect(() => direction({}, ids)).toThrow(ModelError);
    expect(() => direction({}, ids)).toThrow(message);
  });
});

it('reads single rows as float32, in the order they were asked for', () => {
  writeTinyCheckpoint(folder, { tensors: { 'model.embed_tokens.weight': head((row) => row) } });
  const { checkpoint } = openCheckpoint(folder);
  const rows = readRowsAsFloat32(checkpoint.tensor('model.embed_tokens.weight'), [9, 0, 4]);
  expect(rows).toEqual([9, 0, 4].map((value) => Float32Array.from(eight(value))));
  checkpoint.close();
});
