// `npm run check -- kernels [--write] [--nvcc NVCC]`: compiles the GPU kernels for every architecture and number format, without a GPU,
// and counts what the compilers made of them: nothing may be spilled, and instructions have bars. The addon compiles, by NVRTC of
// the version that the CUDA image has and by one that knows later GPUs; both are fetched. --write stores the counts, of which
// docs/gpu.md has a table and from which `npm run bench -- gpu-estimate` reckons. With --nvcc that compiler does it too.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cudaTools } from './cuda-tools.mjs';
import { missedBars, table } from './kernel-bars.mjs';
import { ROOT } from './locate.mjs';
import { KERNEL_SOURCES } from './kernel-sources.mjs';
import { kernelsOf, MOVES } from './sass.mjs';

const ARCHITECTURES = { 12.6: ['sm_75', 'sm_80', 'sm_86', 'sm_89', 'sm_90'], 12.9: ['sm_100', 'sm_120'] };
const FORMATS = {
  bfloat16: ['-DELEMENT_BITS=16', '-DELEMENT_BFLOAT=1'],
  float16: ['-DELEMENT_BITS=16', '-DELEMENT_BFLOAT=0'],
  float32: ['-DELEMENT_BITS=32', '-DELEMENT_BFLOAT=0'],
};
/** Turing has no bfloat16: asked for, it is refused, and by itself f32 is taken (device_choice.cc). */
const formatsOf = (architecture) =>
  Object.keys(FORMATS).filter((format) => architecture !== 'sm_75' || format !== 'bfloat16');
/** The one whose counts are kept: that of the H200, in the format of the passes. */
const KEPT = { version: '12.6', architecture: 'sm_90', format: 'bfloat16' };
const COUNTS = path.join(ROOT, 'libs/tensor-libtorch/native/kernel-counts.json');
const DOCUMENT = path.join(ROOT, 'docs/gpu.md');

const TABLE = /(<!-- kernels:start -->)[^]*(<!-- kernels:end -->)/u;

const { values: options } = parseArgs({
  options: { nvcc: { type: 'string' }, write: { type: 'boolean', default: false }, compile: { type: 'string' } },
});
if (options.compile !== undefined) await compileInto(options.compile);
else check();

/** In a process whose libraries are found in the folder of one NVRTC. */
async function compileInto(version) {
  const { compileKernels } = await import(path.join(ROOT, 'dist/libs/tensor-libtorch/src/index.js'));
  for (const architecture of ARCHITECTURES[version]) {
    for (const format of formatsOf(architecture)) {
      const startedMs = performance.now();
      const { compiler, code } = compileKernels(architecture, format);
      if (compiler !== version)
        throw new Error(`NVRTC ${version} was to compile, and ${compiler} did: it is found first`);
      const took = (performance.now() - startedMs).toFixed(0);
      console.log(`NVRTC ${compiler} ${architecture} ${format}: ${code.length} bytes in ${took} ms`);
      writeFileSync(path.join(process.env.CODE_FOLDER, `${architecture}-${format}`), code);
    }
  }
}

function check() {
  const { compilers, nvdisasm } = cudaTools();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kernels-'));
  const missed = [];
  try {
    for (const [version, libraries] of Object.entries(compilers)) {
      runNode(['--compile', version], { LD_LIBRARY_PATH: libraries, CODE_FOLDER: folder });
      for (const architecture of ARCHITECTURES[version]) {
        for (const format of formatsOf(architecture)) {
          const kernels = kernelsOf(
            execFileSync(nvdisasm, [path.join(folder, `${architecture}-${format}`)], {
              encoding: 'utf8',
              maxBuffer: 2 ** 28,
            }),
          );
          missed.push(...missedBars(kernels, `${version} ${architecture} ${format}`, format));
          if (version === KEPT.version && architecture === KEPT.architecture && format === KEPT.format)
            keep(kernels, missed);
        }
      }
    }
    if (options.nvcc !== undefined) compileByNvcc();
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const line of missed) console.error(line);
  process.exitCode = missed.length === 0 ? 0 : 1;
}

function runNode(args, environment) {
  const { status } = spawnSync(process.execPath, [import.meta.filename, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) process.exit(1);
}

/** Stores the counts, or holds them against those that are stored. */
function keep(kernels, missed) {
  const stored = JSON.parse(readFileSync(COUNTS, 'utf8'));
  console.log(`\n${table(kernels, stored.before)}\n`);
  const text = `${JSON.stringify({ ...stored, ...KEPT, kernels }, weighed, 1)}\n`;
  const document = readFileSync(DOCUMENT, 'utf8');
  const written = document.replace(TABLE, (_, begin, end) => `${begin}\n${table(kernels, stored.before)}\n${end}`);
  if (options.write) {
    writeFileSync(COUNTS, text);
    writeFileSync(DOCUMENT, written);
  } else if (text !== `${JSON.stringify(stored, undefined, 1)}\n` || written !== document) {
    missed.push(
      'the counts are not those of kernel-counts.json and docs/gpu.md: run `npm run check -- kernels --write`',
    );
  }
}

/** Of instructions by name only those that move: the estimate weighs their bytes, and of the others it takes the sum. */
function weighed(key, value) {
  return key === 'names' ? Object.fromEntries(Object.entries(value).filter(([name]) => MOVES.test(name))) : value;
}

function compileByNvcc() {
  for (const architecture of Object.values(ARCHITECTURES).flat()) {
    for (const format of formatsOf(architecture)) {
      const includes = KERNEL_SOURCES.slice(0, -1).flatMap((file) => ['-include', file]);
      const args = ['-cubin', '-arch', architecture, '-std=c++17', '-Xptxas', '-v', ...FORMATS[format], ...includes];
      const { status, stderr, error } = spawnSync(options.nvcc, [...args, '-o', '/dev/null', KERNEL_SOURCES.at(-1)], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(error?.message ?? stderr);
      const spilled = [...stderr.matchAll(/(\d+) bytes spill stores/gu)].reduce(
        (sum, [, bytes]) => sum + Number(bytes),
        0,
      );
      console.log(`nvcc ${architecture} ${format}: ${spilled} bytes spilled`);
    }
  }
}
