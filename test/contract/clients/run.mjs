// `npm run test:clients`: published clients against the server, those of npm and of PyPI, each in a folder of their own.
// What they send is compared with test/contract/recordings; `-- --write` writes it. One part: test:clients:npm, …:python.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = import.meta.dirname;
const ROOT = path.join(FOLDER, '../../..');
const MODULES = path.join(ROOT, 'build/npm-clients');
const ENVIRONMENT = path.join(ROOT, 'build/python-clients');
const PYTHON = path.join(ENVIRONMENT, 'bin/python');
const REQUIREMENTS = path.join(FOLDER, 'python/requirements.txt');
/** Written when everything is installed: a run that was interrupted starts over. */
const INSTALLED = path.join(ENVIRONMENT, 'requirements.txt');

const parts = process.argv.slice(2).filter((argument) => argument !== '--write');
const write = process.argv.includes('--write') ? ['-u'] : [];
const specs = parts.length === 0 ? ['npm', 'python'] : parts;

if (specs.includes('npm')) installNpm();
if (specs.includes('python')) installPython();
run(
  'npx',
  ['vitest', 'run', '--project', 'clients', ...specs.map((name) => `clients/${name}.spec.ts`), ...write],
  ROOT,
);
if (specs.includes('npm') && write.length > 0) {
  run(
    'npx',
    ['vitest', 'run', '--project', 'e2e', 'test/contract/contract.spec.ts', '-t', 'sends what is recorded', ...write],
    ROOT,
  );
}

/** Not where the sources are: lint would read the types of all these packages. */
function installNpm() {
  mkdirSync(MODULES, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    copyFileSync(path.join(FOLDER, 'npm', name), path.join(MODULES, name));
  }
  run('npm', ['ci'], MODULES);
}

function installPython() {
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return;
  run('python3', ['-m', 'venv', '--clear', ENVIRONMENT], ROOT);
  run(PYTHON, ['-m', 'pip', 'install', '--quiet', '-r', REQUIREMENTS], ROOT);
  writeFileSync(INSTALLED, wanted);
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
