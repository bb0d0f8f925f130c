// What `check gpu` does, in its order. A rehearsal does the same on the CPU, in miniature.
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';

const NODE = process.execPath;
const HOOKS = ['--import', './test/gpu/node-hooks.mjs'];
const BENCH = 'dist/apps/bench/src';

/** The torch folder of a Python that has one; undefined without. */
export function torchOf(python) {
  const { status, stdout } = spawnSync(python, ['-c', 'import torch, os; print(os.path.dirname(torch.__file__))'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim().split('\n').at(-1) : undefined;
}

/** Steps as { name, command, limitSeconds, environment?, onlyFp8? }; `out` is the folder for results, `fp8` whether the GPU has it. */
export function steps({ python, torch, rehearse, fp8, out }) {
  const device = rehearse ? 'cpu' : 'cuda';
  const threads = String(Math.min(8, os.availableParallelism()));
  const errors = path.join(out, 'reference-errors.json');
  const common = { CHECK_DEVICE: device, CHECK_OUT: out, CHECK_REFERENCE_ERRORS: errors, CHECK_FP8: String(fp8) };
  const reference = torch === undefined ? [] : ['--reference', python];
  const engine = (...args) => [
    NODE,
    `${BENCH}/engine.js`,
    '--backend',
    'libtorch',
    '--device',
    device,
    '--threads',
    threads,
    '--json',
    ...args,
  ];
  const test = (name, limitSeconds) => ({
    name,
    command: [NODE, ...HOOKS, '--test', '--test-reporter=spec', `dist/test/gpu/${name}.check.js`],
    limitSeconds,
    environment: { ...common, OMP_NUM_THREADS: threads, OMP_WAIT_POLICY: 'passive' },
  });
  const size = (shape) => ['--shape', rehearse ? 'tiny' : shape];
  const [documents, rows] = rehearse ? ['5', '200'] : ['100', '16384'];
  const small = engine(...size('0.6b'), '--documents', '10', '--tokens', '50', '--repeats', '60');
  const home = torch === undefined ? {} : { LIBTORCH_HOME: torch };
  return [
    {
      name: 'build',
      command: [NODE, 'libs/tensor-libtorch/setup/build-native.mjs'],
      limitSeconds: rehearse ? 3000 : 150,
      environment: home,
    },
    test('kernels', 60),
    {
      name: 'bench',
      command: engine(
        ...size('0.6b'),
        '--documents',
        documents,
        '--tokens',
        '14,50,100,350',
        '--rows',
        rows,
        '--repeats',
        '9',
        ...reference,
      ),
      limitSeconds: 150,
    },
    benchFp8(engine(...size('0.6b'), '--documents', documents, '--tokens', '100', '--rows', rows), rehearse),
    { name: 'latency', command: small, limitSeconds: 60 },
    { name: 'latency-launched', command: [...small, '--no-graphs'], limitSeconds: 60 },
    {
      name: 'http',
      command: fullLoad({ device, threads, rehearse }),
      limitSeconds: 90,
    },
    {
      name: 'matmul',
      command: [NODE, `${BENCH}/matmul.js`, '--device', device, '--size', rehearse ? '256' : '8192'],
      limitSeconds: 60,
    },
    {
      name: 'reference-errors',
      command: [python, 'test/gpu/errors_in_16_bits.py', device, errors],
      limitSeconds: rehearse ? 600 : 60,
    },
    test('parity', rehearse ? 600 : 60),
    test('contract', rehearse ? 900 : 90),
    {
      name: 'shape-4b',
      command: engine(...size('4b'), '--documents', documents, '--tokens', '100', '--rows', rows, '--repeats', '3'),
      limitSeconds: 60,
    },
    {
      name: 'shape-8b',
      command: engine(...size('8b'), '--documents', documents, '--tokens', '100', '--rows', rows, '--repeats', '3'),
      limitSeconds: 60,
    },
  ];
}

/** Of the server, at its own batch budget. A rehearsal shows that every request is answered. */
function fullLoad({ device, threads, rehearse }) {
  const command = [NODE, `${BENCH}/gpu-load.js`, '--device', device, '--threads', threads, '--json'];
  return rehearse ? [...command, '--shape', 'tiny', '--documents', '10', '--seconds', '3', '--warm-up', '1'] : command;
}

/** One length, to hold against that of the bench in bf16. A rehearsal passes on what the CPU serves. */
function benchFp8(command, rehearse) {
  return {
    name: 'bench-fp8',
    command: [...command, '--dtype', rehearse ? 'auto' : 'fp8'],
    limitSeconds: 60,
    onlyFp8: true,
  };
}
