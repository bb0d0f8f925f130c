// What a device finds out about itself when it is opened, on the emulated one: each part of it lies in turn, or fails, and must be
// named and left out, and everything must be computed right without it.
import { describe, expect, it } from 'vitest';
import { fp8Programs } from '../backends/fp8-programs.js';
import { ReferenceOps } from '../backends/reference-ops.js';
import { relativeDifference, type Program } from '../backends/workbench.js';
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
    for (const [, program, reference] of programs) {
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
