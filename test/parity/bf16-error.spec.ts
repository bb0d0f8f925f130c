import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openInFormat } from '../backends/open-format.js';
import { NATIVE_BUILT } from '../support/backends.js';
import { compareWithGoldens, meanError } from './compare-goldens.js';
import { loadShapes } from './shapes.js';
import { writeHashWeights } from './write-checkpoint.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Mean error of ours over that of transformers in bf16, each against float32. */
const ERROR_FACTOR = 1.5;
/** Of test/gpu/errors_in_16_bits.py on a CPU: errors of transformers by shape and format. */
const theirs = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'goldens/errors-in-16-bits.json'), 'utf8'),
) as Readonly<Record<string, { readonly mean: number }>>;

describe.skipIf(!NATIVE_BUILT).each(Object.entries(loadShapes()))('%s in bf16 on the CPU', (name, shape) => {
  const folder = temporaryFolder();

  beforeAll(() => {
    writeHashWeights(shape, folder);
  });

  it('is as close to float32 as transformers in bf16', async ({ skip }) => {
    const ops = await openInFormat('bf16', skip);
    const mean = meanError(await compareWithGoldens(ops, name, folder));
    ops.close();
    expect(mean).toBeGreaterThan(0);
    expect(mean).toBeLessThanOrEqual(ERROR_FACTOR * theirs[`${name} bf16`]!.mean);
  });
});
