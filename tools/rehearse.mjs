// `npm run check -- images [cpu] [cuda]`, as root on Debian or Ubuntu with debootstrap: carries out the steps of the
// Dockerfiles without a Docker engine, starts each last stage as an unprivileged user on a read-only tree, and prints its
// unpacked size and what /rerank answers. Ends with 1 when an image is larger than it may be.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from '#apps/workshop';
import { BaseImages, stepEnvironment } from './rehearsal/base-images.mjs';
import { Container } from './rehearsal/container.mjs';
import { contextOf } from './rehearsal/context.mjs';
import { instructionsOf, Stages } from './rehearsal/dockerfile.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const FOLDER = path.join(ROOT, 'build/rehearsal');
const USER = '12345:0';
/** In the CPU image the portable backend too: its files are there for the case that libtorch does not come up. */
const IMAGES = {
  cpu: { mostMegabytes: 800, backends: ['libtorch', 'tfjs'] },
  cuda: { mostMegabytes: 3500, backends: ['libtorch'] },
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(IMAGES);
const bases = new BaseImages(FOLDER);
const sizes = [];
for (const name of names) sizes.push({ name, megabytes: await rehearse(name, IMAGES[name]) });
for (const { name, megabytes } of sizes) {
  const isWithin = megabytes <= IMAGES[name].mostMegabytes;
  console.log(
    `${name} image, unpacked: ${megabytes} MB of at most ${IMAGES[name].mostMegabytes}${isWithin ? '' : ': TOO LARGE'}`,
  );
  if (!isWithin) process.exitCode = 1;
}

async function rehearse(name, { backends }) {
  const folder = path.join(FOLDER, name);
  mkdirSync(folder, { recursive: true });
  const stages = new Stages({
    folder,
    bases: (image) => bases.folderOf(image),
    context: contextOf(ROOT),
    runEnvironment: stepEnvironment(),
  });
  const stage = stages.carryOut(instructionsOf(path.join(ROOT, `docker/${name}.Dockerfile`)));
  for (const backend of backends) await serve(stage, backend, path.join(folder, 'mounted'));
  return Math.ceil(bytesOf(stage.root) / 1e6);
}

async function serve(stage, backend, mountpoint) {
  const [port] = await freePorts(1);
  const env = { PORT: String(port), HOST: '127.0.0.1', BACKEND: backend, LOG_LEVEL: 'warn' };
  const container = new Container(stage, { user: USER, env, mountpoint });
  try {
    container.start();
    await container.healthy();
    console.log(`user ${USER}, tree read-only: ${container.isReadOnly()}`);
    console.log(await (await fetch(`http://127.0.0.1:${port}/health`)).text());
    const documents = ['Paris is the capital of France.', 'The cat sleeps on the sofa.'];
    const body = JSON.stringify({ query: 'What is the capital of France?', documents });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}/rerank`, { method: 'POST', headers, body });
    console.log(`${answer.status} ${await answer.text()}`);
  } finally {
    console.log(`exit code after SIGTERM: ${await container.stop()}`);
  }
}

/** Of the files themselves, as an image's layers count. */
function bytesOf(folder) {
  return Number(execFileSync('du', ['-sb', folder], { encoding: 'utf8' }).split('\t')[0]);
}
