import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TensorOps } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { NATIVE_BUILT } from '../support/backends.js';
import { AttentionCase } from './attention-case.js';
import { describeAttentionContract } from './attention-contract.js';
import { attendBeside, attendTree } from './attend-tree.mjs';
import { ReferenceOps } from './reference-ops.js';
import { behindKept, forest, request } from './segment-trees.js';
import { expectAgreement, ids, relativeDifference, type Program } from './workbench.js';

// The instruction set is settled once a process; a processor with fewer instructions takes what it has.
const CHILD = path.join(import.meta.dirname, 'attend-tree.mjs');
const INSTRUCTION_SETS = ['amx', 'vnni', 'avx512', 'avx2'];
/** The weights of values are bf16, which rounds each by 2^-9 at most. */
const BF16_TOLERANCE = 2e-3;

/** The reference is plain loops in JavaScript. */
const TIME_LIMIT_MS = 120_000;

// Where the processor has no tiles, the same cases run in float32.
describe.skipIf(!NATIVE_BUILT)('attention in bf16 tiles', () => {
  let ops: TensorOps;

  beforeAll(async () => {
    ops = await createLibtorchBackend({ threads: 2, tiles: true });
  }, 60_000);

  afterAll(() => {
    ops.close();
  });

  describeAttentionContract(() => ops, { tolerance: BF16_TOLERANCE, bf16: true });

  it.each([8, 16, 48, 80, 128, 256, 272])(
    'serves heads of %i',
    async (headDim) => {
      const counts = { heads: 3, keyHeads: 1, headDim, bf16: true };
      const programs: Program[] = [
        (backend) => new AttentionCase(backend, counts).attend(forest(), 'all'),
        (backend) => behindKept(new AttentionCase(backend, counts), { prefix: 70, length: 60, rows: 'scored' }),
      ];
      await expectAgreement(ops, programs, BF16_TOLERANCE);
    },
    TIME_LIMIT_MS,
  );

  it(
    'rescales what it mixed when a later block of keys has a higher score',
    async () => {
      await expectAgreement(
        ops,
        [(backend) => new AttentionCase(backend, { heads: 2, keyHeads: 1, bf16: true }).attend(request([800]), 'all')],
        BF16_TOLERANCE,
      );
    },
    TIME_LIMIT_MS,
  );

  it.each(INSTRUCTION_SETS)('attends alike with the instructions of %s', async (isa) => {
    const { stdout, stderr } = spawnSync(process.execPath, [CHILD], {
      env: { ...process.env, CPU_ISA: isa, OMP_WAIT_POLICY: 'passive' },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    if (stdout === '') throw new Error(stderr);
    const expected = await attendTree(new ReferenceOps());
    expect(relativeDifference(JSON.parse(stdout) as number[], expected)).toBeLessThanOrEqual(BF16_TOLERANCE);
  });

  it('leaves a document as it is beside one without numbers', async () => {
    const beside = await attendBeside(ops, Number.NaN);
    const expected = await attendBeside(ops, 1);
    expect(relativeDifference(beside, expected)).toBe(0);
  });

  it('answers a document alone as among others, to the bit', async () => {
    const attention = new AttentionCase(ops, { heads: 4, keyHeads: 2, bf16: true });
    const document = { ids: ids(37, 200), scored: true };
    const alone = await attention.attend([document], 'all');
    const among = await attention.attend([{ ids: ids(90) }, document, { ids: ids(5, 300), parent: 0 }], 'all');
    expect(relativeDifference(among.subarray(90 * 64, 127 * 64), alone)).toBe(0);
  });
});
