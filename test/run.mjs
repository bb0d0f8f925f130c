// `npm test`: format, lint, files and packages that nothing uses, types, unit tests, then the compiled server end to end. One line of counts
// at the end. It installs no system package; `npm test -- --install` may, so that the native suites run. `npm test -- NAME` runs one part.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');
const BUILD = ['npm', 'run', '--silent', 'build'];
const project = (name) => ['npx', 'vitest', 'run', '--project', name];
/** What each part is, and the commands that run it; options go to the last. */
const PARTS = {
  unit: ['the sources, without a build', [project('unit')]],
  e2e: ['the compiled server', [BUILD, project('e2e')]],
  browser: ['the playground in Chromium, which is installed on Debian as root', [['node', 'test/browser/run.mjs']]],
  clients: ['published clients: [npm|python|go|openapi] [--write]', [BUILD, ['node', 'test/contract/clients/run.mjs']]],
};
const [part, ...options] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };

if (part === undefined || part === '--install') all();
else if (PARTS[part] !== undefined) one(PARTS[part][1]);
else list();

function all() {
  const reports = mkdtempSync(path.join(os.tmpdir(), 'rerank-test-'));
  for (const name of ['format:check', 'lint', 'typecheck']) step(name, ['npm', 'run', '--silent', name]);
  step('unused', ['npx', 'knip']);
  suite('unit', reports, ['--coverage']);
  const native = part === '--install' ? ['libtorch', '--', '--unattended'] : ['build:native'];
  step('native addon', ['npm', 'run', '--silent', ...native]);
  rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
  if (step('build', BUILD)) suite('e2e', reports);
  rmSync(reports, { recursive: true });
  if (!existsSync(path.join(ROOT, 'build/native/addon.node'))) {
    console.log(
      'did not run: contract suite and parity of the native addon; `npm test -- --install` may get a libtorch for it',
    );
  }
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  process.exit(counts.failed === 0 ? 0 : 1);
}

function one(commands) {
  commands.at(-1).push(...options);
  process.exit(commands.every((command) => call(command)) ? 0 : 1);
}

function list() {
  const lines = Object.entries(PARTS).map(([name, [is]]) => `  ${name.padEnd(10)}${String(is)}`);
  console.error(`npm test [-- --install], or npm test -- NAME [options]\n\n${lines.join('\n')}`);
  process.exit(2);
}

function step(name, command) {
  const ok = timed(name, command);
  counts[ok ? 'passed' : 'failed'] += 1;
  return ok;
}

function suite(name, reports, more = []) {
  const report = path.join(reports, `${name}.json`);
  const ok = timed(name, [
    ...project(name),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...more,
  ]);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed += numPassedTests;
    counts.skipped += numPendingTests;
    // A file that does not even load fails the run without a failed test.
    counts.failed += numFailedTests === 0 && (!ok || numTotalTests === 0) ? 1 : numFailedTests;
  } catch {
    counts.failed += 1;
  }
}

function timed(name, command) {
  console.log(`\n— ${name}`);
  const started = Date.now();
  const ok = call(command);
  console.log(`— ${name}: ${ok ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return ok;
}

function call([command, ...args]) {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status === 0;
}
