// `npm run test:clients:python`: the published Python clients, in a virtual environment of their own, against the server.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const FOLDER = import.meta.dirname;
const ROOT = path.join(FOLDER, '../../..');
const ENVIRONMENT = path.join(ROOT, 'build/python-clients');
const PYTHON = path.join(ENVIRONMENT, 'bin/python');
const KEY = 'contract-key';

let server;
if (!existsSync(PYTHON)) {
  run('python3', ['-m', 'venv', ENVIRONMENT]);
  run(PYTHON, ['-m', 'pip', 'install', '--quiet', '-r', path.join(FOLDER, 'requirements.txt')]);
}
server = spawn(process.execPath, ['dist/apps/server/src/main.js'], {
  cwd: ROOT,
  env: { ...process.env, HOST: '127.0.0.1', PORT: '0', API_KEY: KEY },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await listening();
  while (!(await fetch(`${url}/health`)).ok) await sleep(100);
  run(PYTHON, ['-W', 'ignore', path.join(FOLDER, 'clients.py'), url, KEY]);
} finally {
  server.kill();
}

async function listening() {
  let output = '';
  for (;;) {
    const [chunk] = await once(server.stdout, 'data');
    output += String(chunk);
    const url = /http:\/\/127\.0\.0\.1:\d+/u.exec(output)?.[0];
    if (url !== undefined) return url;
  }
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status === 0) return;
  server?.kill();
  process.exit(1);
}
