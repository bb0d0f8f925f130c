// `npm start`: builds when dist/ is missing or older than the sources, then starts the server in this process.
// Not a pre-script, because `ignore-scripts` skips those. Images run `node dist/apps/server/src/main.js` directly.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const MAIN = path.join(ROOT, 'dist/apps/server/src/main.js');
const STAMP = path.join(ROOT, 'dist/.tsbuildinfo');
const BUILT_FROM = ['apps', 'libs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

if (isStale()) build();
process.chdir(ROOT);
process.setSourceMapsEnabled(true);
await import(MAIN);

function isStale() {
  if (!existsSync(MAIN) || !existsSync(STAMP)) return true;
  const builtMs = statSync(STAMP).mtimeMs;
  return BUILT_FROM.some((name) => newestMs(path.join(ROOT, name)) > builtMs);
}

function newestMs(file) {
  const stats = statSync(file);
  if (!stats.isDirectory()) return file.endsWith('.ts') || file.endsWith('.json') ? stats.mtimeMs : 0;
  return Math.max(0, ...readdirSync(file).map((name) => newestMs(path.join(file, name))));
}

function build() {
  const compiler = path.join(ROOT, 'node_modules/.bin/tsc');
  if (!existsSync(compiler)) {
    console.error('dist/ is missing or older than the sources, and the compiler is not installed: run `npm ci` first');
    process.exit(1);
  }
  // A fresh dist/: what a deleted source left behind must not run.
  rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
  execFileSync(compiler, ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
}
