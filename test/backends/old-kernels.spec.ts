import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { blasEnvironment } from '#libs/tensor-libtorch';
import { ADDON, NATIVE_BUILT } from '../support/backends.js';
import { TestServer } from '../support/server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** SSE3 for OpenBLAS, SSE4.2 for MKL, which only goes by it on Intel's processors. */
const OLD_KERNELS = { OPENBLAS_CORETYPE: 'Prescott', MKL_ENABLE_INSTRUCTIONS: 'SSE4_2' };
const ADVICE = /reaches \d+ of the \d+ GFLOP\/s that this processor's vector units give: unset OPENBLAS_CORETYPE/u;
const BENCH = path.join(import.meta.dirname, '../../dist/apps/bench/src/engine.js');
const LIBTORCH = path.join(import.meta.dirname, '../../dist/libs/tensor-libtorch/src/index.js');

const processor = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
const isWider = /^flags.* avx2 /mu.test(processor);
const library = NATIVE_BUILT ? blas(ADDON, process.env).name : '';
const isOpenBlas = library === 'OpenBLAS';
const canBeHeldBack = isWider && (isOpenBlas || (library === 'MKL' && processor.includes('GenuineIntel')));

// Elsewhere there are no older kernels to ask for: another library, another maker's processor, or one without AVX2.
describe.skipIf(!canBeHeldBack)(`${library} with kernels of an older instruction set`, () => {
  const server = TestServer.forAll({ BACKEND: 'libtorch', DEVICE: 'cpu', ...OLD_KERNELS });

  it('is told by /health and, as a warning, by the log', async () => {
    const health = await server.json<{ products: Record<string, string> }>('/health');
    expect(health.products['library']).toContain(library);
    expect(health.products['advice']).toMatch(ADVICE);
    const warnings = () => server.log.split('\n').filter((line) => line.includes('"level":"warn"'));
    await expect.poll(() => warnings().join('\n')).toContain(health.products['advice']);
  });

  it('is told by bench engine', () => {
    const options = ['--backend', 'libtorch', '--dtype', 'f32', '--documents', '2', '--tokens', '5', '--repeats', '1'];
    const { stdout } = spawnSync(process.execPath, [BENCH, ...options], {
      env: { ...process.env, ...OLD_KERNELS },
      encoding: 'utf8',
    });
    expect(stdout).toMatch(ADVICE);
  }, 60_000);
});

describe.skipIf(!NATIVE_BUILT || !isWider)('what OpenBLAS takes by itself', () => {
  const folder = temporaryFolder();
  const addon = path.join(folder, 'addon.node');

  it('is kept beside the addon until that is built anew', () => {
    copyFileSync(ADDON, addon);
    const file = path.join(folder, 'blas-kernels.json');
    const ask = () => onLibtorch('console.log(JSON.stringify(blasEnvironment({}, addon)))', addon, process.env);
    const taken = ask();
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), kernels: 'Prescott' }));
    expect(ask()).toMatch(/SkylakeX|Haswell/u);
    utimesSync(addon, 0, 0);
    expect(ask()).toBe(taken);
  });
});

const hasCompiler = spawnSync('cc', ['--version']).status === 0;

// Only OpenBLAS goes by a processor's model; a library of three lines stands for the model that it does not know.
describe.skipIf(!isOpenBlas || !isWider || !hasCompiler)('an OpenBLAS that does not know the processor', () => {
  const folder = temporaryFolder();
  const addon = path.join(folder, 'addon.node');
  const unknown = path.join(folder, 'unknown.so');

  beforeAll(() => {
    copyFileSync(ADDON, addon);
    const source = `#define _GNU_SOURCE
      #include <dlfcn.h>
      #include <string.h>
      char *getenv(const char *name) {
        char *value = ((char *(*)(const char *))dlsym(RTLD_NEXT, "getenv"))(name);
        return value == 0 && strcmp(name, "OPENBLAS_CORETYPE") == 0 ? "Prescott" : value;
      }`;
    writeFileSync(`${unknown}.c`, source);
    spawnSync('cc', ['-shared', '-fPIC', '-o', unknown, `${unknown}.c`, '-ldl']);
  });

  it('gets the kernels that the processor deserves, and keeps those that a user names', () => {
    const environment = { ...process.env, LD_PRELOAD: unknown };
    expect(blas(addon, environment).kernels).toBe('Prescott');
    const chosen = blasEnvironment(environment, addon);
    expect(chosen['OPENBLAS_CORETYPE']).toMatch(/^(?:SkylakeX|Haswell)$/u);
    expect(blas(addon, { ...environment, ...chosen }).kernels).toBe(chosen['OPENBLAS_CORETYPE']);
    expect(blasEnvironment({ ...environment, OPENBLAS_CORETYPE: 'Nehalem' }, addon)).toEqual({});
  });
});

/** What lines of JavaScript print in a process of their own, which has the exports of #libs/tensor-libtorch and `addon`. */
function onLibtorch(lines: string, addon: string, env: Environment): string {
  const names = 'const { blasEnvironment } = await import(process.argv[1])';
  const args = ['--input-type=module', '-e', `${names}; const addon = process.argv[2]; ${lines}`, LIBTORCH, addon];
  return spawnSync(process.execPath, args, { env, encoding: 'utf8' }).stdout.trim();
}

/** In a process of its own: the library reads the environment when it is loaded. */
function blas(addon: string, env: Environment): { name: string; kernels: string } {
  const ask = 'console.log(JSON.stringify(require(process.argv[1]).blas()))';
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', ask, addon], { env, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { name: string; kernels: string };
}
