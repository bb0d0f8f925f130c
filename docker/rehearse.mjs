// `node docker/rehearse.mjs`, as root on Debian or Ubuntu with debootstrap: carries out the steps of cpu.Dockerfile without
// a Docker engine, starts the last stage as an unprivileged user on a read-only tree, and prints what /rerank answers.
// In place of the node image stands a debootstrapped Debian with Node and npm from their packages of the npm registry.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { Container } from './rehearsal/container.mjs';
import { contextOf } from './rehearsal/context.mjs';
import { instructionsOf, LENT_CERTIFICATES, Stages } from './rehearsal/dockerfile.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const FOLDER = path.join(ROOT, 'build/rehearsal');
const NODE = `node-linux-${process.arch}@24.9.0`;
const NPM = 'npm@11.6.0';
const USER = '12345:0';
const PORT = '18004';

const stages = new Stages({
  folder: FOLDER,
  bases: (image) => (image === 'node:24-bookworm-slim' ? nodeImage() : fail(`no stand-in for ${image}`)),
  context: contextOf(ROOT),
  runEnvironment: stepEnvironment(),
});
const stage = stages.carryOut(instructionsOf(path.join(import.meta.dirname, 'cpu.Dockerfile')));
console.log(`unpacked: ${(bytesOf(stage.root) / 1e6).toFixed(0)} MB`);
// The portable backend as well: its files are in the image for the case that libtorch does not come up.
for (const backend of ['libtorch', 'tfjs']) await serve(backend);

async function serve(backend) {
  const container = new Container(stage, {
    user: USER,
    env: { PORT, HOST: '127.0.0.1', BACKEND: backend, LOG_LEVEL: 'warn' },
    mountpoint: path.join(FOLDER, 'mounted'),
  });
  try {
    container.start();
    await container.healthy();
    console.log(`user ${USER}, tree read-only: ${container.isReadOnly()}`);
    console.log(await (await fetch(`http://127.0.0.1:${PORT}/health`)).text());
    const documents = ['Paris is the capital of France.', 'The cat sleeps on the sofa.'];
    const body = JSON.stringify({ query: 'What is the capital of France?', documents });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${PORT}/rerank`, { method: 'POST', headers, body });
    console.log(`${answer.status} ${await answer.text()}`);
  } finally {
    console.log(`exit code after SIGTERM: ${await container.stop()}`);
  }
}

function bytesOf(folder) {
  return Number(execFileSync('du', ['-sb', folder], { encoding: 'utf8' }).split('\t')[0]);
}

/** Made once and kept in build/. */
function nodeImage() {
  const base = path.join(FOLDER, 'base');
  if (existsSync(path.join(base, 'usr/local/bin/npm'))) return base;
  mkdirSync(FOLDER, { recursive: true });
  execFileSync('debootstrap', ['--variant=minbase', 'bookworm', base, ...mirror()], { stdio: 'inherit' });
  unpack(NODE, path.join(base, 'usr/local'));
  unpack(NPM, path.join(base, 'usr/local/lib/node_modules/npm'));
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', path.join(base, 'usr/local/bin/npm'));
  return base;
}

function unpack(spec, folder) {
  const temporary = mkdtempSync(path.join(FOLDER, 'pack-'));
  const archive = execFileSync('npm', ['pack', '--silent', spec], { cwd: temporary, encoding: 'utf8' }).trim();
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['xzf', path.join(temporary, archive), '--strip-components=1', '-C', folder]);
  rmSync(temporary, { recursive: true });
}

/** The archive that apt uses on this machine. */
function mirror() {
  const policy = execFileSync('apt-cache', ['policy'], { encoding: 'utf8' });
  const address = /(https?:\/\/\S+) bookworm\/main/u.exec(policy)?.[1];
  return address === undefined ? [] : [address];
}

function stepEnvironment() {
  return {
    HOME: '/root',
    DEBIAN_FRONTEND: 'noninteractive',
    npm_config_globalconfig: '/etc/npmrc',
    ...(process.env.NODE_EXTRA_CA_CERTS !== undefined && {
      NODE_EXTRA_CA_CERTS: LENT_CERTIFICATES,
      npm_config_cafile: LENT_CERTIFICATES,
    }),
  };
}

function fail(message) {
  throw new Error(message);
}
