// `npm test`: format, lint, files and packages that nothing uses, types, unit tests, then the compiled server end to end. One line of counts at the end.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');
const reports = mkdtempSync(path.join(os.tmpdir(), 'rerank-test-'));
const counts = { passed: 0, failed: 0, skipped: 0 };

step('format', ['npm', 'run', '--silent', 'format:check']);
step('lint', ['npm', 'run', '--silent', 'lint']);
step('unused', ['npm', 'run', '--silent', 'unused']);
step('types', ['npm', 'run', '--silent', 'typecheck']);
suite('unit');
step('native addon', ['npm', 'run', '--silent', 'libtorch', '--', '--unattended']);
rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true });
if (step('build', ['npm', 'run', '--silent', 'build'])) suite('e2e');

rmSync(reports, { recursive: true });
const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
if (!existsSync(path.join(ROOT, 'build/native/addon.node'))) {
  console.log('did not run: contract suite and parity of the native addon (no libtorch could be had without asking)');
}
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exit(counts.failed === 0 ? 0 : 1);

function step(name, command) {
  const ok = run(name, command);
  counts[ok ? 'passed' : 'failed'] += 1;
  return ok;
}

function suite(project) {
  const report = path.join(reports, `${project}.json`);
  const ok = run(project, [
    'npx',
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
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

function run(name, [command, ...args]) {
  console.log(`\n— ${name}`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  console.log(`— ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return status === 0;
}
