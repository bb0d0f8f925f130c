// `npm run check -- gpu [--out FOLDER] [--only STEP,STEP] [--python PYTHON] [--rehearse]`: builds the addon against the libtorch of
// an installed PyTorch (or LIBTORCH_HOME), then runs kernels, bench, parity and contract on the GPU. Every step has a limit of its
// own; one that fails is reported and the others go on. After each step report.md and report.json are complete so far.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { markdown } from './report.mjs';
import { runStep } from './step.mjs';
import { steps, torchOf } from './steps.mjs';
import { parsed } from './verdict.mjs';

/** No step starts later than this; with the longest of the last steps, the call ends within nine minutes. */
const LAST_START_SECONDS = 450;
/** Compute capability from which on GPUs multiply in fp8; its steps and rows are left out on others. */
const FP8_CAPABILITY = 8.9;
const ROOT = path.join(import.meta.dirname, '../..');

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'build/gpu-report' },
    only: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    rehearse: { type: 'boolean', default: false },
  },
});
const out = path.resolve(options.out);
mkdirSync(out, { recursive: true });

const torch = process.env.LIBTORCH_HOME ?? torchOf(options.python);
const environment = {
  date: new Date().toISOString(),
  gpu: ask('nvidia-smi', ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader']),
  capability: ask('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader']),
  processor: `${os.cpus().length} × ${os.cpus()[0]?.model}`,
  node: process.version,
  libtorch: torch === undefined ? 'none found' : path.basename(path.dirname(torch)) + '/torch',
  python: ask(options.python, [
    '-c',
    'import torch, transformers; print("torch", torch.__version__, "transformers", transformers.__version__)',
  ]),
  cmake: ask('cmake', ['--version']),
  compiler: ask('c++', ['--version']),
  ...(options.rehearse && { rehearsal: 'on the CPU, in miniature: no figure here says anything about a GPU' }),
};
console.log(
  Object.entries(environment)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n'),
);

const fp8 = options.rehearse || Number(environment.capability) >= FP8_CAPABILITY;
const wanted = options.only?.split(',');
const outcomes = [];
for (const step of steps({ python: options.python, torch, rehearse: options.rehearse, fp8, out })) {
  if (wanted !== undefined && !wanted.includes(step.name)) continue;
  if (step.onlyFp8 && !fp8) continue;
  if (performance.now() / 1000 > LAST_START_SECONDS && !options.rehearse) {
    outcomes.push({ name: step.name, ok: false, reason: 'no time was left', seconds: 0, stdout: '', tail: '' });
    continue;
  }
  console.log(`— ${step.name}`);
  const outcome = await runStep(step, out, ROOT);
  console.log(
    `— ${step.name}: ${outcome.ok ? 'passed' : `FAILED (${outcome.reason})`} in ${outcome.seconds.toFixed(1)} s`,
  );
  if (!outcome.ok) console.log(outcome.tail);
  outcomes.push(outcome);
  write();
}
write();
console.log(`\n${markdown({ environment, outcomes })}`);
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;

function write() {
  const results = outcomes.map((outcome) => {
    const { name, ok, reason, seconds } = outcome;
    return { name, ok, ...(reason !== undefined && { reason }), seconds, result: parsed(outcome) };
  });
  writeFileSync(path.join(out, 'report.json'), JSON.stringify({ environment, steps: results }, undefined, 2));
  writeFileSync(path.join(out, 'report.md'), markdown({ environment, outcomes }));
}

/** The first line that a command prints; how it failed otherwise. */
function ask(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')[0];
  } catch {
    return `not found (${command})`;
  }
}
