// `npm run check:kernels:run`: the kernels of fused.cu on the CPU, launched by the addon as it launches them on a GPU, through a
// driver that takes a block's threads in turn. Shows that what they compute is right; not that a GPU runs them, nor how fast.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'build/kernel-emulator');
const SOURCES = ['elements.cuh', 'fused.cu'].map((name) =>
  path.join(ROOT, 'libs/tensor-libtorch/native/src/device', name),
);

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const kernels = path.join(FOLDER, 'kernels.inc');
writeFileSync(kernels, SOURCES.map((file) => onCpu(readFileSync(file, 'utf8'))).join('\n'));
const library = path.join(FOLDER, 'libcuda.so.1');
const flags = ['-std=c++17', '-O1', '-shared', '-fPIC', '-fvisibility=hidden', `-DKERNELS="${kernels}"`];
run('c++', [...flags, path.join(import.meta.dirname, 'emulator/driver.cc'), '-o', library]);
// The first name that the addon tries which a libtorch for the CPU does not bring itself.
symlinkSync(library, path.join(FOLDER, 'libnvrtc.so.13'));
const checks = ['--import', './test/gpu/node-hooks.mjs', '--test', 'dist/test/gpu/kernels.check.js'];
run(process.execPath, checks, { LD_LIBRARY_PATH: FOLDER, CHECK_DEVICE: 'emulated', CHECK_FP8: 'true' });

/** PTX becomes a call by the instruction's name; kernels of three formats need names of their own. */
function onCpu(text) {
  return text
    .replaceAll('extern "C" ', '')
    .replaceAll(/asm\("(\S+) [^"]*" : "=\w"\((.*?)\) : (.*?)\);/gu, (_, instruction, result, inputs) => {
      const values = inputs.replaceAll(/"\w"\(/gu, '(');
      return `${result} = ${instruction.replaceAll('.', '_')}(${values});`;
    });
}

function run(command, args, environment = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) {
    console.error(`${command} failed${error === undefined ? '' : `: ${error.message}`}`);
    process.exit(1);
  }
}
