import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { capVariables, ISAS, parseIsa } from './isa.js';
import { describeEnvironment } from './load/environment.js';
import { Progress } from './load/progress.js';
import { parseWorkload } from './load/request-maker.js';
import { CATALOGUE, choosePeers, DEFAULT_NAMES } from './peers/catalogue.js';
import { Forms, MODELS } from './peers/forms.js';
import { Installations } from './peers/installations.js';
import { PeerPool } from './peers/peer-pool.js';
import { PeerProcess } from './peers/peer-process.js';
import type { Peer } from './peers/peer.js';
import { publish } from './peers/publish.js';
import { chart, markdown } from './peers/report.js';
import { resultOf, type PeersResult, type RunOptions } from './peers/result.js';
import { PeerRounds } from './peers/rounds.js';

const ROOT = path.join(import.meta.dirname, '../../../..');
const USAGE = `npm run bench -- peers [options]   this server and others on the same weights, taking turns

  --only LIST         ${CATALOGUE.map(({ name }) => name).join(', ')}
                      or all; ours: in each format (default ${DEFAULT_NAMES})
  --model NAME        ${MODELS.join(' or ')} (the shape of Qwen3-Reranker-0.6B, made-up weights; default)
  --rounds N          turns of each server (default 3)
  --lengths LIST      tokens of a document (default 14,50,100,350)
  --documents N       of a request (default 20)
  --callers LIST      at once; more than one only of servers that batch callers (default 1)
  --seconds N         of each measurement, and one request at least (default 3)
  --threads N         of each server (default: one per core)
  --isa NAME          holds all to ${ISAS.join(', ')} (default: what the processor has)
  --folder FOLDER     keeps what is installed and converted (default build/peers)
  --out FOLDER        result.json, result.md and chart.svg, after each round (default build/peers/results/DATE)
  --prepare           installs and converts, and measures nothing
  --publish NAME      puts the report between the marks peers-NAME of docs/performance.md
  --from FILE         result.json of an earlier run, to print or publish instead of running
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: DEFAULT_NAMES },
    model: { type: 'string', default: '0.6b' },
    rounds: { type: 'string', default: '3' },
    lengths: { type: 'string', default: '14,50,100,350' },
    documents: { type: 'string', default: '20' },
    callers: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
    seed: { type: 'string', default: '1' },
    isa: { type: 'string' },
    folder: { type: 'string', default: path.join(ROOT, 'build/peers') },
    out: { type: 'string' },
    prepare: { type: 'boolean', default: false },
    publish: { type: 'string' },
    from: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

// Stopped from outside: the exit handler of the servers ends them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (options.help) {
  console.log(USAGE);
} else {
  try {
    await main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

async function main(): Promise<void> {
  const result =
    options.from === undefined ? await compare() : (JSON.parse(readFileSync(options.from, 'utf8')) as PeersResult);
  if (result === undefined) return;
  console.log(markdown(result));
  if (options.publish !== undefined) publish(options.publish, result);
}

/** The result; undefined where nothing was to be measured. */
async function compare(): Promise<PeersResult | undefined> {
  const run = runOptions();
  const peers = choosePeers(options.only);
  const folder = path.resolve(options.folder);
  const installations = new Installations(folder, run.isa);
  const forms = new Forms(run.model, path.join(folder, run.model), installations);
  for (const peer of peers) for (const software of peer.software) await installations.ensure(software);
  await forms.ensure(peers.map(({ form }) => form));
  if (options.prepare) return undefined;
  const out = options.out ?? path.join(folder, 'results', new Date().toISOString().slice(0, 16).replace(':', '-'));
  mkdirSync(out, { recursive: true });
  const pool = new PeerPool((peer) => startPeer(peer, { run, forms, installations, out }));
  try {
    return await measure(peers, pool, run, out);
  } finally {
    await pool.stopAll();
  }
}

interface Surroundings {
  readonly run: RunOptions;
  readonly forms: Forms;
  readonly installations: Installations;
  readonly out: string;
}

function startPeer(peer: Peer, { run, forms, installations, out }: Surroundings): Promise<PeerProcess> {
  const command = (port: number) => [
    ...capVariables(run.isa),
    ...peer.command({
      port,
      threads: run.threads,
      form: (form) => forms.path(form),
      installed: (software, file) => installations.path(software, file),
    }),
  ];
  return PeerProcess.start(command, path.join(out, `${peer.name}.log`));
}

async function measure(peers: readonly Peer[], pool: PeerPool, run: RunOptions, out: string): Promise<PeersResult> {
  const environment = describeEnvironment();
  const workloads = options.lengths.split(',').map((length) => parseWorkload(`${run.documents}x${length}`));
  const callers = options.callers.split(',').map(Number);
  const { rounds, seconds, seed } = run;
  const turns = peers.map(({ batchesCallers }) => (batchesCallers ? callers.length : 1) * rounds + 1);
  const steps = workloads.length * turns.reduce((sum, count) => sum + count, 0);
  const progress = new Progress(steps);
  const turn = new PeerRounds(peers, pool, { rounds, workloads, callers, seconds, seed }, progress);
  let result: PeersResult | undefined;
  await turn.run((comparison) => {
    result = resultOf(comparison, environment, run);
    write(result, out);
  });
  progress.end();
  return result!;
}

function write(result: PeersResult, out: string): void {
  writeFileSync(path.join(out, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(path.join(out, 'result.md'), markdown(result));
  writeFileSync(path.join(out, 'chart.svg'), chart(result));
  console.error(`written to ${out}`);
}

function runOptions(): RunOptions {
  const { model } = options;
  if (!(MODELS as readonly string[]).includes(model))
    throw new Error(`--model must be ${MODELS.join(' or ')}, got ${model}`);
  const [threads, rounds, seconds, seed, documents] = [
    options.threads,
    options.rounds,
    options.seconds,
    options.seed,
    options.documents,
  ].map(Number) as [number, number, number, number, number];
  const isa = options.isa === undefined ? undefined : parseIsa(options.isa);
  return { model, threads, rounds, seconds, seed, documents, isa, commit: commit() };
}

function commit(): string {
  const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
}

function git(...words: string[]): string {
  return execFileSync('git', ['-C', ROOT, ...words], { encoding: 'utf8' }).trim();
}
