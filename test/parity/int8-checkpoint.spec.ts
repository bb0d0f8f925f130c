import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { NATIVE_BUILT } from '../support/backends.js';
import { TestServer } from '../support/server.js';
import { FAMILIES_OF_GOLDENS, FAMILY_SCORES, writeFamilyCheckpoint } from './families.js';
import { expectClose, LOGIT_TOLERANCE } from './expect-close.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Golden {
  readonly shape: string;
  readonly precise: string;
  readonly scores: readonly (readonly number[])[];
}

const golden = JSON.parse(readFileSync(new URL('goldens/int8-checkpoint.json', import.meta.url), 'utf8')) as Golden;
const BIN = path.join(import.meta.dirname, '../../apps/cli/bin.mjs');
const quantise = (...args: string[]) => spawnSync(process.execPath, [BIN, 'quantise', ...args], { encoding: 'utf8' });
const { requests, shapes } = FAMILIES_OF_GOLDENS;

describe('a folder that quantise writes', { timeout: 120_000 }, () => {
  const root = temporaryFolder();
  const [model, out] = [path.join(root, 'model'), path.join(root, 'out')];

  let written: ReturnType<typeof quantise>;

  beforeAll(() => {
    writeFamilyCheckpoint(shapes[golden.shape]!, model);
    written = quantise('--model', model, '--out', out, '--int8-precise', golden.precise);
  }, 120_000);

  it('is written with what keeps more bits', () => {
    expect(written).toMatchObject({ status: 0, stderr: '' });
    expect(written.stdout).toContain('weights that keep more bits: 1; serve it with MODEL_NAME=');
  });

  it('scores here as in transformers with compressed-tensors', async () => {
    await TestServer.with({ MODEL_NAME: out, BACKEND: 'tfjs' }, async (server) => {
      for (const [index, request] of requests.entries()) {
        const expected = golden.scores[index]!;
        expectClose(await server.scores({ ...request, raw_scores: true }), expected, LOGIT_TOLERANCE);
      }
    });
  });

  it('is not the model that it was made from', () => {
    const difference = golden.scores
      .flat()
      .map((score, index) => Math.abs(score - FAMILY_SCORES[golden.shape]!.flat()[index]!));
    expect(Math.max(...difference)).toBeGreaterThan(10 * LOGIT_TOLERANCE);
  });

  it.skipIf(!NATIVE_BUILT)('says what is stored and what is served', async () => {
    await TestServer.with({ MODEL_NAME: out, BACKEND: 'libtorch' }, async (server) => {
      const health = await server.json('/health');
      expect(health).toMatchObject({ stored_as: 'compressed-tensors, int8', dtype: 'f32' });
    });
  });

  it('is not written over what is there, and not made of itself', () => {
    expect(quantise('--model', model, '--out', out)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('new or empty'),
    });
    const twice = quantise('--model', out, '--out', path.join(root, 'twice'));
    expect(twice).toMatchObject({ status: 1, stderr: expect.stringContaining('is quantised already') });
    expect(quantise('--model', model).stderr).toContain('expected --out FOLDER');
  });
});
