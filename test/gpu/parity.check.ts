import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareWithGoldens, meanError, type Compared } from '../parity/compare-goldens.js';
import { loadShapes } from '../parity/shapes.js';
import { writeHashWeights } from '../parity/write-checkpoint.js';
import { DTYPES, note, openDevice } from './options.js';

const LOGIT_TOLERANCE = 1e-3;
/** Largest error of ours over that of transformers in the same 16-bit format, on the same checkpoint. */
const ERROR_FACTOR = 1.5;
/** Largest mean error of fp8: half as much again as the worst of these checkpoints has when the CPU emulates it. */
const FP8_MEAN_ERROR = 0.75;
/** Documents whose float32 scores lie this far apart keep their order. */
const CLEAR_GAP = { f32: 0.3, bf16: 0.3, fp16: 0.3, fp8: 3 } as const;

/** Small passes are replayed, larger ones are launched: both must be right. */
const VARIANTS = DTYPES.flatMap((dtype) => (['never', 'always'] as const).map((graphs) => ({ dtype, graphs })));

/** Largest and mean errors of transformers by shape and dtype, from errors_in_16_bits.py; absent where that did not run. */
const errorsFile = process.env['CHECK_REFERENCE_ERRORS'] ?? '';
const reference = existsSync(errorsFile)
  ? (JSON.parse(readFileSync(errorsFile, 'utf8')) as Record<string, { max: number; mean: number }>)
  : {};

describe.each(Object.entries(loadShapes()))('%s', (name, shape) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-gpu-'));

  beforeAll(() => {
    writeHashWeights(shape, folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(VARIANTS)(
    '$dtype, $graphs replayed, against the float32 scores of transformers',
    async ({ dtype, graphs }) => {
      const ops = await openDevice(dtype, { graphs });
      const compared = await compareWithGoldens(ops, name, folder);
      ops.close();
      const errors = compared.flat().map(({ golden, scored }) => Math.abs(golden - scored));
      const [max, mean] = [Math.max(...errors), meanError(compared)];
      const theirs = reference[`${name} ${dtype}`];
      const swapped = compared
        .map((group) => clearSwaps(group, CLEAR_GAP[dtype]))
        .reduce((sum, swaps) => sum + swaps, 0);
      note('parity', { shape: name, dtype, graphs, max, mean, transformers: theirs, swapped });
      expect(errors.every((error) => Number.isFinite(error))).toBe(true);
      expect(swapped).toBe(0);
      expect(dtype === 'f32' ? max : mean).toBeLessThanOrEqual(bound(dtype, theirs));
    },
  );
});

/** Of the largest error in float32, of the mean error in fewer bits; 16 bits have no bound where transformers did not run. */
function bound(dtype: string, theirs: { mean: number } | undefined): number {
  if (dtype === 'f32') return LOGIT_TOLERANCE;
  if (dtype === 'fp8') return FP8_MEAN_ERROR;
  return theirs === undefined ? Infinity : ERROR_FACTOR * theirs.mean;
}

/** Pairs whose order the float32 scores leave no doubt about, and which the device orders the other way. */
function clearSwaps(group: readonly Compared[], gap: number): number {
  return group.flatMap((one) => group.filter((other) => one.golden - other.golden > gap && one.scored < other.scored))
    .length;
}
