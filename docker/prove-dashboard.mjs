// `npm run prove:dashboard`, where a Prometheus is installed: scrapes a server under load and shows that every query of the
// dashboard returns data. One that must be empty while all is well (restarts aside) would be named.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const LOAD_MS = 40_000;
const READY_TRIES = 600;

if (spawnSync('prometheus', ['--version']).status !== 0) {
  console.error('no Prometheus is installed: on Debian and Ubuntu, apt-get install prometheus');
  process.exit(1);
}
const [serverPort, prometheusPort] = await freePorts(2);
const folder = mkdtempSync(path.join(os.tmpdir(), 'dashboard-'));
const children = [];
try {
  startServer();
  await until(`http://127.0.0.1:${serverPort}/health`);
  startPrometheus();
  await until(`http://127.0.0.1:${prometheusPort}/-/ready`);
  await load();
  process.exitCode = (await askAll()) ? 0 : 1;
} finally {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, 'exit')));
  rmSync(folder, { recursive: true });
}

function startServer() {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, HOST: '127.0.0.1', PORT: String(serverPort) };
  children.push(spawn(process.execPath, ['dist/apps/server/src/main.js'], { cwd: ROOT, env, stdio: 'ignore' }));
}

function startPrometheus() {
  const file = path.join(folder, 'prometheus.yml');
  const targets = [`127.0.0.1:${serverPort}`];
  writeFileSync(
    file,
    JSON.stringify({
      scrape_configs: [{ job_name: 'reranker', scrape_interval: '1s', static_configs: [{ targets }] }],
    }),
  );
  const flags = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
  ];
  children.push(spawn('prometheus', flags, { stdio: 'ignore' }));
}

async function load() {
  const body = JSON.stringify({
    query: 'What is the capital of France?',
    documents: ['Paris is.', 'Rome is.', 'Paris is.'],
  });
  for (const end = Date.now() + LOAD_MS; Date.now() < end; await sleep(100)) {
    const headers = { 'content-type': 'application/json' };
    await fetch(`http://127.0.0.1:${serverPort}/rerank`, { method: 'POST', headers, body });
  }
}

async function askAll() {
  const { panels } = JSON.parse(readFileSync(path.join(ROOT, 'config/grafana/reranker.json'), 'utf8'));
  const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  let empty = 0;
  for (const { title, expr } of queries) {
    const query = expr.replaceAll(/\$(?:job|instance)/gu, '.*').replaceAll('$__rate_interval', '20s');
    const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent(query)}`;
    const { data } = await (await fetch(url)).json();
    const values = (data?.result ?? []).map(({ value }) => Number(value[1])).filter((value) => !Number.isNaN(value));
    if (values.length === 0) empty += 1;
    console.log(
      `${values.length === 0 ? 'EMPTY' : 'ok   '} ${title}: ${values
        .slice(0, 3)
        .map((value) => value.toPrecision(3))
        .join(', ')}`,
    );
  }
  console.log(`${queries.length} queries, ${empty} without data`);
  return empty === 0;
}

async function until(url) {
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    if ((await fetch(url).catch(() => undefined))?.ok) return;
    await sleep(200);
  }
  throw new Error(`${url} did not answer`);
}
