// `npm run check:package`: packs the package, installs it in an empty folder, and uses it there as a new user would: help, rank, serve.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = path.join(import.meta.dirname, '..');
const PORT = 8791;
const START_LIMIT_MS = 120_000;
const POLL_MS = 200;
const folder = mkdtempSync(path.join(os.tmpdir(), 'package-'));
const bin = path.join(folder, 'node_modules/.bin/qwen3-reranker');

try {
  const [{ filename, size, entryCount }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ROOT]),
  );
  console.log(`${filename}: ${entryCount} files, ${(size / 1e6).toFixed(1)} MB`);
  run('npm', ['init', '-y']);
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `./${filename}`]);
  expectText(run(bin, ['--help']), 'ranks the documents of a file');
  expectText(run(bin, ['serve', '--help']), '--port VALUE');
  writeFileSync(path.join(folder, 'documents.txt'), 'Bananas are yellow.\nMachine learning learns from data.\n');
  const ranked = run(bin, ['rank', '--query', 'What is machine learning?', 'documents.txt']);
  expectText(ranked.split('\n')[0], '"rank":1,"index":1');
  await serve();
  console.log('the package works in an empty folder: help, rank, serve');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function serve() {
  const server = spawn(bin, ['serve', '--port', String(PORT), '--host', '127.0.0.1'], { cwd: folder, stdio: 'ignore' });
  try {
    const deadline = Date.now() + START_LIMIT_MS;
    while (!(await isReady())) {
      if (server.exitCode !== null || Date.now() > deadline) throw new Error('serve did not become ready');
      await sleep(POLL_MS);
    }
    const body = { query: 'What is machine learning?', documents: ['Machine learning learns from data.'] };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url()}/rerank`, { method: 'POST', headers, body: JSON.stringify(body) });
    expectText(await answer.text(), 'relevance_score');
    expectText(await (await fetch(`${url()}/`)).text(), '<title>');
  } finally {
    server.kill('SIGTERM');
  }
}

async function isReady() {
  const answer = await fetch(`${url()}/health`).catch(() => undefined);
  return answer?.ok === true;
}

function url() {
  return `http://127.0.0.1:${PORT}`;
}

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function expectText(found, expected) {
  if (!found.includes(expected)) throw new Error(`expected ${expected}, got ${found.slice(0, 2000)}`);
}
