// `npm test -- clients`: published clients against the server, those of npm and of PyPI, each in a folder of their own, the
// modules of Weaviate, in Go, and clients that are generated from docs/openapi.json.
// What they send is compared with test/contract/recordings; `--write` writes it. One part: `npm test -- clients npm`, python, go or openapi.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = import.meta.dirname;
const ROOT = path.join(FOLDER, '../../..');
const MODULES = path.join(ROOT, 'build/npm-clients');
const ENVIRONMENTS = path.join(ROOT, 'build/python-clients');
const GO_PROGRAM = path.join(ROOT, 'build/go-clients/weaviate');
/** Each installs in an environment of its own: some want what others refuse. */
const PYTHON_SETS = ['frameworks', 'vendors', 'older', 'oldest'];

const parts = process.argv.slice(2).filter((argument) => argument !== '--write');
const write = process.argv.includes('--write') ? ['-u'] : [];
if (write.length > 0) process.env.RECORDED_ON = new Date().toISOString().slice(0, 10);
const specs = parts.length === 0 ? ['npm', 'python', 'go', 'openapi'] : parts;

if (specs.includes('npm') || specs.includes('openapi')) installNpm();
if (specs.includes('python')) PYTHON_SETS.forEach(installPython);
if (specs.includes('openapi')) installPython('openapi');
if (specs.includes('go')) run('go', ['build', '-o', GO_PROGRAM, '.'], path.join(FOLDER, 'go'));
run(
  'npx',
  ['vitest', 'run', '--project', 'clients', ...specs.map((name) => `clients/${name}.spec.ts`), ...write],
  ROOT,
);
if (write.length > 0) {
  const made = specs.includes('npm') ? 'sends what is recorded|is a line of' : 'is a line of';
  run('npx', ['vitest', 'run', '--project', 'e2e', 'test/contract/contract.spec.ts', '-t', made, ...write], ROOT);
}

/** Not where the sources are: lint would read the types of all these packages. */
function installNpm() {
  mkdirSync(MODULES, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    copyFileSync(path.join(FOLDER, 'npm', name), path.join(MODULES, name));
  }
  run('npm', ['ci'], MODULES);
}

/** @param {string} set */
function installPython(set) {
  const requirements = path.join(FOLDER, `python/${set}.txt`);
  const environment = path.join(ENVIRONMENTS, set);
  const python = path.join(environment, 'bin/python');
  // Written when everything is installed: a run that was interrupted starts over.
  const installed = path.join(environment, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return;
  run('python3', ['-m', 'venv', '--clear', environment], ROOT);
  run(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], ROOT);
  writeFileSync(installed, wanted);
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
