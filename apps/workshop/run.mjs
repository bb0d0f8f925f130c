// `npm run bench -- NAME` and `npm run check -- NAME`: what measures and what checks. The options of each stand in its script.
// Without a name, or with another one, it prints the list; with --help, what a program does.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const bench = (name) => [`dist/apps/bench/src/${name}.js`];
const setup = (name) => [`libs/tensor-libtorch/setup/${name}.mjs`];
const gpu = (name) => [`test/gpu/${name}.mjs`];

/** By name: what it does, the scripts that do it one after the other (options go to the last). */
const PROGRAMS = {
  bench: {
    load: ['a rerank server under load: ours, or any others by --target and --url', [bench('load')]],
    peers: ['this server and others on the same weights, in turns', [bench('peers')]],
    replicas: ['servers behind nginx, and what callers see when one goes away', [bench('replicas')]],
    engine: ["the engine alone, against the model's own matrix multiplications", [bench('engine')]],
    attention: ['attention alone on the CPU, in float32 and in bf16', [bench('attention')]],
    gemm: ['the BLAS behind libtorch alone', [setup('bench-gemm')]],
    host: ['what a pass costs the JavaScript thread, beside another tree', [bench('host-time')]],
    http: ['what HTTP adds: parse, decide the API, validate, render', [bench('http')]],
    'gpu-estimate': ['what a pass takes on an H200, by arithmetic', [gpu('estimate')]],
    loading: ['time and memory of loading a checkpoint', [bench('load-weights')]],
    formats: ['what number formats cost: scores of real texts against float32', [bench('formats')]],
    quality: ['how well a model ranks', [bench('quality')]],
    spans: ['how well relevant spans hold answers that were planted', [bench('spans')]],
    'calibrate-scores': [
      'how much scores can be believed, and the formula that makes them so',
      [bench('calibrate-scores')],
    ],
    'calibrate-int8': ['what each weight costs in int8, and the list for INT8_PRECISE', [bench('calibrate-int8')]],
  },
  check: {
    deploy: ['Dockerfiles, Compose and the chart, with the real tools', [['tools/check-deploy.mjs']]],
    cluster: ['the chart on a real kube-apiserver and etcd', [['tools/check-cluster.mjs']]],
    images: ['the steps of the Dockerfiles without a Docker engine, as root', [['tools/rehearse.mjs']]],
    package: ['the npm package, used in an empty folder', [['tools/check-package.mjs']]],
    'pack-npm': ['makes the packages of a release, which `package` then checks', [['tools/pack-npm.mjs']]],
    model: ["a real model's scores against published ones", [['apps/cli/bin.mjs', 'verify']]],
    gpu: ['builds, checks and measures an NVIDIA GPU beside transformers', [gpu('compile'), gpu('check')]],
    'pack-gpu': ['makes a folder for that check on a machine with nothing installed', [gpu('compile'), gpu('pack')]],
    kernels: ['compiles the GPU kernels for every architecture, without a GPU', [setup('check-kernels')]],
    'kernels-run': ['runs the GPU kernels on the CPU', [gpu('compile'), gpu('emulate-kernels')]],
    sanitizer: ['the addon under the sanitizers of the compiler', [setup('test-sanitizer')]],
    exercise: ['random batches through the engine: what they leave behind', [bench('exercise')]],
  },
};

if (process.argv[1] === import.meta.filename) process.exitCode = run(...process.argv.slice(2));

/** Answers the exit code. */
function run(list, name, ...options) {
  const [, scripts] = PROGRAMS[list][name] ?? [];
  if (scripts === undefined) {
    const lines = Object.entries(PROGRAMS[list]).map(([known, [does]]) => `  ${known.padEnd(18)}${does}`);
    console.error(`npm run ${list} -- NAME [options]\n\n${lines.join('\n')}`);
    return 2;
  }
  const explanation = options.includes('--help') ? explanationOf(scripts.at(-1)[0]) : undefined;
  if (explanation !== undefined) {
    console.log(explanation);
    return 0;
  }
  scripts.at(-1).push(...options);
  if (!isDone('npm', ['run', '--silent', 'build'])) return 1;
  return scripts.every((script) => isDone(process.execPath, script)) ? 0 : 1;
}

/** What stands at the head of its source; undefined where it has a help of its own. */
function explanationOf(script) {
  const source = script.startsWith('dist/') ? script.slice('dist/'.length).replace(/js$/u, 'ts') : script;
  const text = readFileSync(path.join(ROOT, source), 'utf8');
  if (/\bhelp: \{|\bhelpFor\b/u.test(text)) return undefined;
  const [comment] = text.match(/^\/\/ .*\n(?:\/\/.*\n)*/mu) ?? [];
  return comment?.trimEnd().replaceAll(/^\/\/ ?/gmu, '');
}

function isDone(command, args) {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status === 0;
}
