// `npm run check -- package [--without-compiler]`: packs the package, installs it in an empty folder, and uses it there as a new user would:
// help, rank, serve. With the package of the built addon where `npm run check -- pack-npm` made it: then the server must run on libtorch.
// --without-compiler does it in a Debian that has Node and nothing else (as root, with debootstrap).
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { freePorts, until } from '#apps/workshop';
import { BareDebian, EmptyFolder } from './packaging/install-place.mjs';
import { makeProductPackage } from './packaging/product-package.mjs';

const START_LIMIT_MS = 120_000;
const BIN = 'node_modules/.bin/qwen3-reranker';

const { values: options } = parseArgs({ options: { 'without-compiler': { type: 'boolean', default: false } } });
const place = options['without-compiler'] ? new BareDebian() : new EmptyFolder();

try {
  const hasNative = install();
  expectText(place.run(BIN, '--help'), 'ranks the documents of a file');
  expectText(place.run(BIN, 'serve', '--help'), '--port VALUE');
  writeFileSync(path.join(place.folder, 'documents.txt'), 'Bananas are yellow.\nMachine learning learns from data.\n');
  const ranked = place.run(BIN, 'rank', '--query', 'What is machine learning?', 'documents.txt');
  expectText(ranked.split('\n')[0], '"rank":1,"index":1');
  await serve(hasNative ? ['--backend', 'libtorch'] : []);
  const where = options['without-compiler'] ? 'a Debian without a compiler' : 'an empty folder';
  console.log(`the package works in ${where}: help, rank, serve${hasNative ? ' on libtorch' : ''}`);
} finally {
  place.remove();
}

/** Answers whether the built addon came with it. */
function install() {
  const { file, entries, natives } = makeProductPackage(place.folder);
  console.log(`${path.basename(file)}: ${entries} files, ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  const native = natives.find((name) => name.includes(`-${process.platform}-${process.arch}-`));
  if (options['without-compiler'] && native === undefined) throw new Error('run `npm run check -- pack-npm` first');
  if (native !== undefined) place.add(native);
  place.run('npm', 'init', '-y');
  const packages = [file, ...(native === undefined ? [] : [native])].map((name) => `./${path.basename(name)}`);
  place.run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages);
  return native !== undefined;
}

async function serve(backend) {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const server = place.start(BIN, 'serve', '--port', String(port), '--host', '127.0.0.1', ...backend);
  try {
    const isReady = async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok === true;
    const hopeless = () => (server.exitCode === null ? undefined : `serve ended with ${server.exitCode}`);
    await until(isReady, { limitMs: START_LIMIT_MS, pollMs: 200, hopeless });
    const { backend: taken, backend_version: version, products } = await (await fetch(`${url}/health`)).json();
    console.log(`${taken} ${version}${products === null ? '' : `: ${products.library}, ${products.gflops} GFLOP/s`}`);
    const body = { query: 'What is machine learning?', documents: ['Machine learning learns from data.'] };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/rerank`, { method: 'POST', headers, body: JSON.stringify(body) });
    expectText(await answer.text(), 'relevance_score');
    expectText(await (await fetch(`${url}/`)).text(), '<title>');
  } finally {
    if (server.exitCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  }
}

function expectText(found, expected) {
  if (!found.includes(expected)) throw new Error(`expected ${expected}, got ${found.slice(0, 2000)}`);
}
