import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { RerankClient, withServer } from '#apps/workshop';
import { Benchmark } from './load/benchmark.js';
import { generatorCeiling } from './load/ceiling.js';
import { describeEnvironment } from './load/environment.js';
import { Progress } from './load/progress.js';
import { charts, markdown, type BenchResult } from './load/report.js';
import { ALL_WORKLOADS, parseWorkload, RequestMaker } from './load/request-maker.js';
import { openTarget, type Target } from './load/targets.js';

const USAGE = `npm run bench -- load [options]         load on rerank servers; without a target on a server of its own

  --target KIND --url URL          qwen3, tei, vllm, infinity, llamacpp, cohere or seed; repeat both to compare, name:KIND to name
  --model NAME                     model of the own server (default embedded), and the name sent to servers that want one
  --workload LIST                  documents x tokens, such as 20x50,20xmixed,20x50-repeated, or all
  --callers N                      closed loop: callers at once (default 1)
  --seconds N --warm-up N          of each measurement (default 3 and 1)
  --rounds N                       targets take turns this often (default 3)
  --load LIST                      open loop: parts of the throughput of the first workload (default 0.3,0.6,0.9; none: skip)
  --seed N                         of the texts and of the arrivals (default 1)
  --key KEY                        sent as Authorization: Bearer
  --out FOLDER                     writes result.json, result.md and the plots there
`;

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: [] },
    url: { type: 'string', multiple: true, default: [] },
    model: { type: 'string', default: 'embedded' },
    workload: { type: 'string', default: '20x50,20x14,20x100,20x350,20xmixed,20x50-repeated,1x50,200x14' },
    callers: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    load: { type: 'string', default: '0.3,0.6,0.9' },
    seed: { type: 'string', default: '1' },
    key: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

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
  const names = options.workload === 'all' ? ALL_WORKLOADS : options.workload.split(',');
  const workloads = names.map((name) => parseWorkload(name));
  const given = targets(options.target, options.url);
  if (given.length > 0) return report(await run(given, workloads));
  await withServer({ model: options.model }, async (url) => report(await run(targets(['qwen3'], [url]), workloads)));
}

function targets(kinds: readonly string[], urls: readonly string[]): Target[] {
  if (kinds.length !== urls.length) throw new Error('every --target needs its --url, and every --url its --target');
  return urls.map((url, index) => openTarget(kinds[index]!, url, options.model));
}

async function run(
  servers: readonly Target[],
  workloads: readonly ReturnType<typeof parseWorkload>[],
): Promise<BenchResult> {
  const environment = describeEnvironment();
  const client = new RerankClient(
    options.key === undefined ? {} : { headers: { authorization: `Bearer ${options.key}` } },
  );
  const parts = options.load === 'none' ? [] : options.load.split(',').map(Number);
  const rounds = Number(options.rounds);
  const steps = servers.length * (workloads.length * rounds + parts.length + 1) - 1;
  const progress = new Progress(steps);
  const seed = Number(options.seed);
  const bench = new Benchmark(servers, client, { ...settings(), rounds, seed }, progress);
  const [first] = workloads;
  const agreement = await bench.agreement(first!);
  const throughput = [];
  for (const workload of workloads) throughput.push(...(await bench.throughput(workload)));
  const measured = throughput.filter((row) => row.workload === first!.name);
  const openLoad = await bench.openLoad(first!, parts, measured);
  progress.end();
  client.close();
  const body = JSON.stringify(servers[0]!.body(new RequestMaker(first!, seed).next()));
  const about = await Promise.all(
    servers.map(async ({ name, url, about: say }) => ({ name, url, about: await say() })),
  );
  return {
    environment,
    targets: about,
    seed,
    generatorCeiling: await generatorCeiling(body),
    throughput,
    openLoad,
    agreement,
  };
}

function settings() {
  return {
    concurrency: Number(options.callers),
    seconds: Number(options.seconds),
    warmUpSeconds: Number(options['warm-up']),
  };
}

function report(result: BenchResult): void {
  const text = markdown(result);
  console.log(text);
  if (options.out === undefined) return;
  mkdirSync(options.out, { recursive: true });
  const files = new Map([
    ['result.json', `${JSON.stringify(result, null, 2)}\n`],
    ['result.md', text],
    ...charts(result),
  ]);
  for (const [name, content] of files) writeFileSync(path.join(options.out, name), content);
  console.log(`written to ${options.out}: ${[...files.keys()].join(', ')}`);
}
