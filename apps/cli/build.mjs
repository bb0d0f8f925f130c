// Builds dist/ where it is missing or older than the sources; a packed install has no sources and is taken as it is.
// Not a pre-script of npm, because `ignore-scripts` skips those.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const DIST = path.join(ROOT, 'dist');
const MAIN = path.join(DIST, 'apps/server/src/main.js');
const PROJECT = path.join(ROOT, 'tsconfig.build.json');
const STAMP = path.join(DIST, '.tsbuildinfo');
const BUILT_FROM = ['apps', 'libs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
/** What a build needs beside the compiler; `npm ci --omit=dev` leaves it out. */
const NEEDED = ['node_modules/.bin/tsc', 'node_modules/@types/node/package.json'];

export function buildIfStale() {
  if (existsSync(PROJECT) && isStale()) build();
}

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

/** Aside, and put in place when it is whole: a build that failed is never served, and two starts do not meet in one folder. */
function build() {
  const missing = NEEDED.find((name) => !existsSync(path.join(ROOT, name)));
  if (missing !== undefined) {
    console.error(`dist/ is missing or older than the sources, and ${missing} is not installed: run \`npm ci\` first`);
    process.exit(1);
  }
  console.error('building the server, which takes a while the first time');
  const aside = mkdtempSync(path.join(ROOT, '.dist-'));
  // Inside, where the compiler makes it: a temporary folder is closed to others, and another user may run the server.
  const fresh = path.join(aside, 'dist');
  const options = [
    '-p',
    'tsconfig.build.json',
    // `#libs/…` is found in the sources: it names dist/, which is not this folder and may not be there.
    '--customConditions',
    'project-source',
    '--outDir',
    fresh,
    '--tsBuildInfoFile',
    path.join(fresh, '.tsbuildinfo'),
  ];
  const { status } = spawnSync(path.join(ROOT, NEEDED[0]), [...options, '--noEmitOnError'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status === 0) replace(DIST, fresh);
  rmSync(aside, { recursive: true, force: true });
  if (status !== 0) process.exit(1);
}

/** Where another start was faster, its build is as good. */
function replace(folder, fresh) {
  const old = mkdtempSync(path.join(ROOT, '.dist-'));
  try {
    if (existsSync(folder)) renameSync(folder, path.join(old, 'dist'));
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(MAIN)) throw error;
  }
  rmSync(old, { recursive: true, force: true });
}
