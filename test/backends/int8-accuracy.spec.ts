import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadQwen3Weights, PreciseWeights, Qwen3Model, type Qwen3Shape, type Qwen3Source } from '#libs/models';
import { layOut, type StoredTensor } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { int8Errors, outstandingPlaces } from '../../apps/bench/src/calibrate/int8-errors.js';
import { formatFigures, type FormatFigures } from '../../apps/bench/src/format-figures.js';
import { NATIVE_BUILT } from '../support/backends.js';
import { openInFormat } from './open-format.js';
import { randomWeight } from './small-qwen3.js';
import { stored } from './stored.js';

const SHAPE: Qwen3Shape = {
  hiddenSize: 128,
  layers: 8,
  heads: 4,
  keyValueHeads: 2,
  headDim: 32,
  intermediateSize: 256,
  vocabularySize: 1024,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
};
/** Layers whose down projection reads one number 50 times as large as the others. */
const PLANTED = [0, 2, 3, 5];
const OUTLIER = { channel: 5, factor: 50 };
const REQUESTS = Array.from({ length: 20 }, (_, request) => requestOf(request));

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const ops of opened.splice(0)) ops.close();
});

describe.skipIf(!NATIVE_BUILT)('int8 on the CPU', () => {
  beforeEach(async ({ skip }) => {
    const ops = await openInFormat('int8', skip);
    opened.push(ops);
    const { formats = '' } = ops.describe();
    if (formats.includes('in 7 bits')) skip(`the bars are for rows in 8 bits: ${formats}`);
  });

  it('scores random weights as float32 does, within the bars', async () => {
    expectBars(await figuresOf(sourceOf([]), 'auto'));
  });

  it('does not where outliers were planted, until the places that bench calibrate-int8 names keep more bits', async () => {
    const source = sourceOf(PLANTED);
    const plain = await figuresOf(source, 'none');
    expect(plain.probabilityError).toBeGreaterThan(0.03);
    expect(plain.changedClearPairs).toBeGreaterThan(0);
    const named = outstandingPlaces(
      await int8Errors(await open('f32'), { shape: SHAPE, source, layouts: REQUESTS.slice(0, 5) }),
    );
    expect(named).toEqual(PLANTED.map((layer) => `${layer}.down_proj`));
    expectBars(await figuresOf(source, ['auto', ...named].join(',')));
  });
});

function expectBars(figures: FormatFigures): void {
  expect(figures.spearman).toBeGreaterThan(0.995);
  expect(figures.probabilityError).toBeLessThan(0.03);
  expect(figures.changedClearPairs).toBe(0);
}

async function figuresOf(source: Qwen3Source, list: string): Promise<FormatFigures> {
  const exact = await scoresOf(source, 'f32', 'none');
  const scores = await scoresOf(source, 'int8', list);
  return formatFigures(exact.map((one, request) => ({ exact: one, scores: scores[request]!, right: 0 })));
}

async function scoresOf(source: Qwen3Source, dtype: string, list: string): Promise<number[][]> {
  const ops = await open(dtype);
  const precise = PreciseWeights.of(list, SHAPE, ops.describe().precise === 'bf16');
  const weights = await loadQwen3Weights(ops, SHAPE, { ...source, precise }, async () => {});
  const model = new Qwen3Model(ops, SHAPE, weights);
  const scores: number[][] = [];
  for (const layout of REQUESTS) scores.push([...(await model.score(layout))]);
  return scores;
}

async function open(dtype: string) {
  const ops = await createLibtorchBackend({ threads: 2, device: 'cpu', dtype });
  opened.push(ops);
  return ops;
}

/** Scores spread over some three units, as those of a trained model do among documents that are worth a look. */
function sourceOf(planted: readonly number[]): Qwen3Source {
  const scoreDirection = Float32Array.from({ length: SHAPE.hiddenSize }, (_, index) => Math.sin(7.1 * index) / 5);
  return { tensor: (name) => tensorOf(name, planted), scoreDirection };
}

function tensorOf(name: string, planted: readonly number[]): StoredTensor {
  const weight = randomWeight(SHAPE, name);
  const layer = /layers\.(?<number>\d+).*(?:up|down)_proj/u.exec(name)?.groups?.['number'];
  return layer !== undefined && planted.includes(Number(layer)) ? withOutlier(name, weight) : weight;
}

/** The same function: the up projection makes the number larger, the down projection weighs it less. */
function withOutlier(name: string, linear: StoredTensor): StoredTensor {
  const bytes = linear.read();
  const values = new Float32Array(bytes.slice().buffer);
  const [rows, columns] = linear.shape as [number, number];
  const { channel, factor } = OUTLIER;
  if (name.includes('up_proj')) for (let c = 0; c < columns; c += 1) values[channel * columns + c]! *= factor;
  if (name.includes('down_proj')) for (let r = 0; r < rows; r += 1) values[r * columns + channel]! /= factor;
  return stored([rows, columns], values);
}

function requestOf(request: number) {
  const documents = Array.from({ length: 20 }, (_, index) => tokens(10 + index, 37 * request + 101 * index));
  return layOut([{ ids: tokens(12, 131 * request) }, ...documents.map((ids) => ({ ids, parent: 0, scored: true }))]);
}

function tokens(length: number, seed: number): Int32Array {
  return Int32Array.from({ length }, (_, index) => (seed + 29 * index) % SHAPE.vocabularySize);
}
