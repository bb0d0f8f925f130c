import { createHash, type BinaryLike } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadGolden, loadGoldenPrompts, loadTripleGroups } from './goldens.js';
import { hashWeights, hashWeightsFrom, toBfloat16, toFloat16 } from './hash-weights.js';
import { listTensors, loadShapes } from './shapes.js';
import { writeHashCheckpoint } from './write-checkpoint.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();

function sha256(data: BinaryLike): string {
  return createHash('sha256').update(data).digest('hex');
}

const ROUND = { float32: (values: Float32Array) => values, bfloat16: toBfloat16, float16: toFloat16 };

describe.each(Object.entries(loadShapes()))('checkpoint %s', (name, shape) => {
  const golden = loadGolden(name);

  it('has the tensors that Python hashes, bit for bit', () => {
    const sums = listTensors(shape)
      .filter((tensor) => tensor.name in golden.tensors)
      .map(({ name: tensor, size, rule }) => {
        const count = size.reduce((product, length) => product * length, 1);
        return [tensor, sha256(ROUND[shape.dtype](hashWeights(tensor, count, rule)))];
      });
    expect(Object.fromEntries(sums)).toEqual(golden.tensors);
  });

  it('is written as the safetensors library writes it, byte for byte', () => {
    writeHashCheckpoint(shape, join(folder, name));
    const sums = Object.keys(golden.files).map((file) => [file, sha256(readFileSync(join(folder, name, file)))]);
    expect(Object.fromEntries(sums)).toEqual(golden.files);
    rmSync(join(folder, name), { recursive: true });
  });

  it('has one golden score per triple', () => {
    const scored = golden.groups.map((group) => [group.name, group.logits.length]);
    expect(scored).toEqual(loadTripleGroups().map((group) => [group.name, group.documents.length]));
    expect(golden.groups.map((group) => group.tokenCounts)).toEqual(promptLengths());
  });

  it('spreads the golden logits of every group by at least 1.5', () => {
    const spreads = golden.groups.map((group) => Math.max(...group.logits) - Math.min(...group.logits));
    expect(Math.min(...spreads)).toBeGreaterThanOrEqual(1.5);
  });
});

describe('hash weights', () => {
  it('are the same in chunks as in one piece', () => {
    const whole = hashWeights('w', 10, { scale: 1, offset: 0 });
    expect(hashWeightsFrom('w', 4, 3, { scale: 1, offset: 0 })).toEqual(whole.slice(4, 7));
  });

  it('round ties to even, carry into the exponent and keep subnormals of float16', () => {
    const values = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 - 2 ** -12, -(2 ** -24), 2 ** -25, 3 * 2 ** -25];
    expect([...toFloat16(Float32Array.from(values))]).toEqual([0x3c00, 0x3c02, 0x4000, 0x8001, 0, 2]);
  });

  it('round ties to even and carry into the exponent in bfloat16', () => {
    const values = [1 + 2 ** -8, 1 + 3 * 2 ** -8, 2 - 2 ** -9, -1];
    expect([...toBfloat16(Float32Array.from(values))]).toEqual([0x3f80, 0x3f82, 0x4000, 0xbf80]);
  });
});

function promptLengths(): readonly (readonly number[])[] {
  const { prefix, suffix, groups } = loadGoldenPrompts();
  return groups.map(({ head, query, documents }) =>
    documents.map((document) => [prefix, head, query, document, suffix].reduce((sum, part) => sum + part.length, 0)),
  );
}
