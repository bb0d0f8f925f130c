// What a device finds out about itself when it is opened, on the emulated one: each part of it lies in turn, or fails, and must be
// named and left out, and everything must be computed right without it.
import { describe, expect, it } from 'vitest';
import { AttentionCase } from '../backends/attention-case.js';
import { fp8Programs } from '../backends/fp8-programs.js';
import { ReferenceOps } from '../backends/reference-ops.js';
import { ids, relativeDifference, type Program } from '../backends/workbench.js';
import { kernelPrograms } from './kernel-programs.js';
import { openDevice } from './options.js';

const TOLERANCE = 2e-2;

/** What the environment calls a part, its name in the notes, and the programs that go wrong with it. */
const PARTS: Record<string, readonly (readonly [lie: string, part: string, programs: RegExp])[]> = {
  bf16: [
    ['add_rms_norm', 'add_rms_norm', /add and norm/u],
    ['norm_and_rotate', 'norm_and_rotate', /norm and rotate|norms, then attention, heads of 16/u],
    ['norm_and_rotate_wide', 'norm_and_rotate_wide', /norms, then attention, heads of 256/u],
    ['swiglu', 'swiglu', /SwiGLU, 37/u],
    ['gather_rows', 'gather_rows', /last tokens/u],
    ['attend_64', 'attend_64', /short documents, heads of 64/u],
    ['attend_128', 'attend_128', /short documents, heads of 128/u],
    ['flash', 'flash attention', /attention over a tree/u],
    ['graphs', 'CUDA graphs', /last tokens|SwiGLU, 37/u],
  ],
  fp8: [
    ['quantise_rows', 'quantise_rows', /rows of 1024/u],
    ['add_rms_norm_quantise', 'add_rms_norm_quantise', /behind a sum/u],
    ['swiglu_quantise', 'swiglu_quantise', /behind a gate/u],
    ['products', 'products in 8 bits', /rows of 1024/u],
  ],
};
const KERNELS = /^(?:attend|[a-z]+_|swiglu)/u;

it('finds nothing wrong with a device that is right', async () => {
  expect(await notesWith({}, 'bf16')).toEqual([]);
  expect(await notesWith({}, 'fp8')).toEqual([]);
});

it('names what no kernel is for', async () => {
  const ops = await openDevice('bf16', { graphs: 'always' });
  const programs = kernelPrograms();
  for (const headDim of [16, 256]) await programs[`norms, then attention, heads of ${headDim}`]!(ops);
  expect(ops.describe().notes).toEqual([
    'gather_rows: does not serve a table in Float',
    'attend_128: does not serve heads of 16',
    'attend_128: does not serve heads of 256',
  ]);
  ops.close();
});

it('says of passes that are too large to be replayed that there were some', async () => {
  const ops = await openDevice('bf16', { graphs: 'always' });
  const attention = new AttentionCase(ops, { heads: 4, keyHeads: 2, headDim: 64 });
  const store = attention.keyValues(600);
  expect(ops.describe().notes).toEqual([]);
  await attention.attend([{ ids: ids(600), store, scored: true }], 'all');
  expect(ops.describe().notes!.filter((text) => text.startsWith('CUDA graphs'))).toEqual([]);
  await attention.attend([{ kept: store }, { ids: ids(5), parent: 0, scored: true }], 'all');
  expect(ops.describe().notes!.filter((text) => text.startsWith('CUDA graphs'))).toEqual([
    'CUDA graphs: passes of more than 256 documents, or behind more than 512 tokens of prefixes, or that read more than 16384 keys, are launched kernel by kernel, and there were some',
  ]);
  store.dispose();
  ops.close();
});

it('forecasts against the memory that is free', async () => {
  process.env['EMULATION_FREE_BYTES'] = '123456789';
  const ops = await openDevice('bf16', { graphs: 'always' });
  delete process.env['EMULATION_FREE_BYTES'];
  const need = {
    linearParameters: 0,
    tableParameters: 0,
    vectorParameters: 0,
    activationsPerRow: 100,
    keyValuesPerRow: 0,
    rows: 0,
  };
  const bytesOf = (more: Partial<typeof need>) =>
    ops.forecastMemory({ ...need, ...more }).bytes - ops.forecastMemory(need).bytes;
  expect(ops.forecastMemory(need).limitBytes).toBe(123_456_789);
  expect(bytesOf({ rows: 3 })).toBe(2 * 100 * 3);
  // Keys and values of graphs: 512 kept rows and 1,024 stored ones.
  expect(bytesOf({ keyValuesPerRow: 10 })).toBe(2 * 10 * 1536);
  ops.close();
});

for (const [dtype, parts] of Object.entries(PARTS)) {
  describe.each(parts)(`%s in ${dtype}`, (lie, part, programs) => {
    it('is named when it lies, and left out', async () => {
      expect(await notesWith({ EMULATION_LIES: lie }, dtype, programs)).toEqual([
        expect.stringMatching(`^${part}: differs from the operations that it stands for by `),
      ]);
    });

    it.each(KERNELS.test(lie) ? [[lie]] : [])('%s is named when it fails', async (name) => {
      expect(await notesWith({ EMULATION_FAILS: name }, dtype, programs)).toEqual([
        `${part}: a kernel cannot be launched: CUDA error: the emulator does not know it`,
      ]);
    });
  });
}

/** What a device says that is opened in this environment; it must compute the programs of these names right. */
async function notesWith(
  environment: Record<string, string>,
  dtype: string,
  names?: RegExp,
): Promise<readonly string[]> {
  Object.assign(process.env, environment);
  try {
    const ops = await openDevice(dtype, { graphs: 'always' });
    const { notes = [] } = ops.describe();
    const programs = programsOf(dtype).filter(([name]) => names?.test(name) === true);
    expect(programs.length > 0).toBe(names !== undefined);
    for (const [, program, rounded] of programs) {
      // Without products in 8 bits no row is rounded to them.
      const reference = ops.describe().dtype === 'fp8' ? rounded : program;
      const apart = relativeDifference(await program(ops), await reference(new ReferenceOps()));
      expect(apart).toBeLessThanOrEqual(TOLERANCE);
    }
    ops.close();
    return notes;
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
  }
}

function programsOf(dtype: string): readonly (readonly [name: string, program: Program, reference: Program])[] {
  if (dtype === 'fp8') return fp8Programs();
  return Object.entries(kernelPrograms()).map(([name, program]) => [name, program, program]);
}
