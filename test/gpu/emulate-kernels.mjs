// `npm run check -- kernels-run [--mistakes]`: the kernels on the CPU, launched by the addon as it launches them on a GPU, through a driver
// that takes a block's threads in turn. Shows that what they compute is right, and that a device finds what is wrong with it; not
// that a GPU runs them, nor how fast. --mistakes: each mistake of emulator/mistakes.mjs must be found when the device is opened.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KERNEL_SOURCES } from '../../libs/tensor-libtorch/setup/kernel-sources.mjs';
import { MISTAKES } from './emulator/mistakes.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'build/kernel-emulator');
const SOURCES = KERNEL_SOURCES.map((file) => readFileSync(file, 'utf8'));
const EMULATED = { LD_LIBRARY_PATH: FOLDER, CHECK_DEVICE: 'emulated', CHECK_FP8: 'true' };
const { values: options } = parseArgs({ options: { mistakes: { type: 'boolean', default: false } } });

if (options.mistakes) plantMistakes();
else {
  build(SOURCES);
  const checks = ['kernels', 'self-test', 'server'].map((name) => `dist/test/gpu/${name}.check.js`);
  run(process.execPath, ['--import', './test/gpu/node-hooks.mjs', '--test', ...checks], EMULATED);
}

/** Each in turn; what a device that is opened then says of itself must name the kernel. */
function plantMistakes() {
  for (const [kernel, right, wrong] of MISTAKES) {
    if (!SOURCES.some((text) => text.includes(right))) throw new Error(`there is no "${right}" to make a mistake of`);
    build(SOURCES.map((text) => text.replaceAll(right, wrong)));
    const { stdout } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'open-emulated.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, ...EMULATED },
    });
    const found = stdout.split('\n').find((line) => line.startsWith(`${kernel}: differs`));
    console.log(
      `${found === undefined ? 'NOT FOUND' : 'found'}: ${right} -> ${wrong || 'nothing'}: ${found ?? stdout}`,
    );
    if (found === undefined) process.exitCode = 1;
  }
}

/** The library that stands in for the driver and for NVRTC. */
function build(sources) {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const kernels = path.join(FOLDER, 'kernels.inc');
  writeFileSync(kernels, sources.map((text) => onCpu(text)).join('\n'));
  const library = path.join(FOLDER, 'libcuda.so.1');
  const flags = ['-std=c++17', '-O1', '-shared', '-fPIC', '-fvisibility=hidden', `-DKERNELS="${kernels}"`];
  run('c++', [...flags, path.join(import.meta.dirname, 'emulator/driver.cc'), '-o', library]);
  // The first name that the addon tries which a libtorch for the CPU does not bring itself.
  symlinkSync(library, path.join(FOLDER, 'libnvrtc.so.13'));
}

/**
 * PTX becomes a call by the instruction's name: what it changes, then what it reads. Kernels of three formats need names of their own.
 */
function onCpu(text) {
  return text
    .replaceAll('extern "C" ', '')
    .replaceAll(/asm(?: volatile)?\("([\w.]+)[^"]*"\s*:(.*?):(.*?)\);/gsu, (_, instruction, results, inputs) => {
      const operands = [results, inputs].filter((list) => list.trim() !== '').join(', ');
      return `${instruction.replaceAll('.', '_')}(${operands.replaceAll(/"[=+]?\w"\(/gu, '(')});`;
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
