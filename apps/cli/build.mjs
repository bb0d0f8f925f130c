// Builds dist/ where it is missing or older than the sources; a packed install has no sources and is taken as it is.
// Not a pre-script of npm, because `ignore-scripts` skips those.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const DIST = path.join(ROOT, 'dist');
const MAIN = path.join(DIST, 'apps/server/src/main.js');
const PROJECT = path.join(ROOT, 'tsconfig.build.json');
const STAMP = '.tsbuildinfo';
const BUILT_FROM = ['apps', 'libs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
/** What a build needs beside the compiler; `npm ci --omit=dev` leaves it out. */
const NEEDED = ['node_modules/.bin/tsc', 'node_modules/@types/node/package.json'];
const ASIDE = '.dist-';
/** Far longer than a build takes: what is older was left by one that was killed. */
const LEFT_MS = 600_000;

export async function buildIfStale() {
  if (existsSync(PROJECT) && isStale()) await build();
}

function isStale() {
  const stamp = path.join(DIST, STAMP);
  if (!existsSync(MAIN) || !existsSync(stamp)) return true;
  const builtMs = statSync(stamp).mtimeMs;
  return BUILT_FROM.some((name) => newestMs(path.join(ROOT, name)) > builtMs);
}

/** Folders count too: a source that is moved, removed, or put there with an old time shows in nothing else. */
function newestMs(file) {
  const stats = statSync(file);
  if (!stats.isDirectory()) return file.endsWith('.ts') || file.endsWith('.json') ? stats.mtimeMs : 0;
  return Math.max(stats.mtimeMs, ...readdirSync(file).map((name) => newestMs(path.join(file, name))));
}

/** Aside, and put in place when it is whole: a build that failed is never served, and two starts do not meet in one folder. */
async function build() {
  const fault = whatKeepsFromIt();
  if (fault !== undefined) {
    console.error(`dist/ is missing or older than the sources, and ${fault}`);
    process.exit(1);
  }
  removeLeft();
  console.error('building the server, which takes a while the first time');
  const fresh = aside();
  const status = await compile(fresh);
  if (status === 0) replace(fresh);
  remove(fresh);
  if (status !== 0) process.exit(status);
}

function whatKeepsFromIt() {
  try {
    accessSync(ROOT, constants.W_OK);
  } catch {
    return `${ROOT} cannot be written: make it writable for this user, or build it elsewhere (\`npm run build\`)`;
  }
  const missing = NEEDED.find((name) => !existsSync(path.join(ROOT, name)));
  return missing && `${missing} is not installed: run \`npm ci\` first`;
}

/** As deep as dist/, which the source maps count on, and made by the compiler: another user may run the server. */
function aside() {
  return path.join(ROOT, `${ASIDE}${randomUUID()}`);
}

/** Answers the exit code. In a group of its own, which a signal ends with all that the compiler has started. */
async function compile(folder) {
  const options = [
    '-p',
    'tsconfig.build.json',
    // `#libs/…` is found in the sources: it names dist/, which is not this folder and may not be there.
    '--customConditions',
    'project-source',
    '--outDir',
    folder,
    '--tsBuildInfoFile',
    path.join(folder, STAMP),
    '--noEmitOnError',
  ];
  const compiler = spawn(path.join(ROOT, NEEDED[0]), options, { cwd: ROOT, stdio: 'inherit', detached: true });
  let stoppedBy = 0;
  const stop = (_signal, number) => {
    // Ctrl-C comes twice, from the terminal and from npm.
    if (stoppedBy === 0) endGroup(compiler.pid);
    stoppedBy = number;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  const [code] = await once(compiler, 'exit');
  // The second one must not end this process before the folder is removed.
  if (stoppedBy !== 0) return 128 + stoppedBy;
  for (const signal of signals) process.off(signal, stop);
  return code === 0 ? 0 : 1;
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** Where another start was faster, its build is as good. */
function replace(fresh) {
  const old = aside();
  try {
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(fresh, DIST);
  } catch (error) {
    if (!existsSync(MAIN)) throw error;
  }
  remove(old);
}

function removeLeft() {
  for (const name of readdirSync(ROOT).filter((each) => each.startsWith(ASIDE))) {
    const folder = path.join(ROOT, name);
    const changedMs = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - changedMs > LEFT_MS) remove(folder);
  }
}

/** What a killed compiler wrote last may appear meanwhile. */
function remove(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // Another user's stays, and is in no one's way.
  }
}
