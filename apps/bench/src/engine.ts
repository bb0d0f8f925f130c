import { parseArgs } from 'node:util';
import { embeddedModelFolder } from '#libs/embedded-model';
import { ModelRunner, openBackend, PrefixKvCache } from '#libs/engine';
import { openCheckpoint } from '#libs/model-repository';
import { Qwen3Model, type Qwen3Shape } from '#libs/models';
import type { TensorOps } from '#libs/tensor';
import { GemmPass, type GemmRun } from './gemm.js';
import { OFFICIAL_SHAPES, syntheticWeights } from './shapes.js';
import { BatchMaker, equalLengths, spreadLengths, uniqueTokens, type Workload } from './workload.js';

const { values: options } = parseArgs({
  options: {
    shape: { type: 'string', default: 'embedded' },
    backend: { type: 'string', default: 'auto' },
    device: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '2' },
    documents: { type: 'string' },
    tokens: { type: 'string' },
    repeats: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
});

interface Row {
  readonly workload: string;
  readonly uniqueTokens: number;
  readonly medianMs: number;
  readonly documentsPerSecond: number;
  readonly tokensPerSecond: number;
  /** The model's own matrix multiplications alone, in the same run. */
  readonly gemmMs: number;
  readonly gemmGflops: number;
  readonly wholePairsMs: number;
}

const shape = shapeNamed(options.shape);
const { ops } = await openBackend({
  backend: options.backend,
  device: options.device,
  dtype: 'auto',
  threads: Number(options.threads),
});
const weights = await syntheticWeights(ops, shape);
const runner = new ModelRunner(new Qwen3Model(ops, shape, weights), new PrefixKvCache(Infinity));
const gemms = new GemmPass(ops, shape, weights);
const rows: Row[] = [];
for (const workload of workloads()) rows.push(await measure(workload));
report(ops, rows);
ops.close();

function shapeNamed(name: string): Qwen3Shape {
  if (name === 'embedded') return openCheckpoint(embeddedModelFolder).config;
  const official = OFFICIAL_SHAPES[name];
  if (official === undefined) throw new Error(`--shape must be embedded, ${Object.keys(OFFICIAL_SHAPES).join(', ')}`);
  return official;
}

/** One workload when --tokens or --documents name it, else the standard ones. */
function workloads(): Workload[] {
  if (options.tokens !== undefined || options.documents !== undefined) {
    return [equalLengths(Number(options.documents ?? 20), Number(options.tokens ?? 30))];
  }
  if (options.shape === 'embedded') return [equalLengths(10, 30), equalLengths(20, 100)];
  return [14, 50, 100, 350].map((tokens) => equalLengths(20, tokens)).concat(spreadLengths(20, 50));
}

async function measure(workload: Workload): Promise<Row> {
  const repeats = Number(options.repeats);
  const batches = new BatchMaker(shape.vocabularySize);
  const documents = workload.documentTokens.length;
  const unique = uniqueTokens(workload);
  await runner.score(batches.shared(workload)); // The head is on the device from here on.
  const shared: number[] = [];
  const whole: number[] = [];
  const alone: GemmRun[] = [];
  // In turn, so that a machine whose speed drifts drifts for all three.
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    shared.push((await runner.score(batches.shared(workload))).computeSeconds);
    alone.push(await gemms.run({ rows: unique, scored: documents }));
    if (repeat % 3 === 0) whole.push((await runner.score(batches.wholePairs(workload))).computeSeconds);
  }
  const seconds = median(shared);
  return {
    workload: workload.name,
    uniqueTokens: unique,
    medianMs: seconds * 1000,
    documentsPerSecond: documents / seconds,
    tokensPerSecond: unique / seconds,
    gemmMs: median(alone.map((run) => run.seconds)) * 1000,
    gemmGflops: median(alone.map(({ gflops }) => gflops)),
    wholePairsMs: median(whole) * 1000,
  };
}

function report(backend: TensorOps, measured: readonly Row[]): void {
  const description = backend.describe();
  if (options.json) {
    console.log(
      JSON.stringify({ shape: options.shape, ...description, node: process.version, rows: measured }, null, 2),
    );
    return;
  }
  const { backend: name, version, device, dtype, threads } = description;
  console.log(
    `${options.shape} on ${name} ${version}, ${device}, ${dtype}, ${threads} threads, Node ${process.version}\n`,
  );
  console.log(
    '| documents × tokens | unique tokens | median ms | documents/s | tokens/s | GEMMs alone ms | GFLOP/s | GEMMs / pass | whole pairs / pass |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const row of measured) {
    const cells = [
      row.workload,
      row.uniqueTokens,
      row.medianMs.toFixed(0),
      row.documentsPerSecond.toFixed(1),
      row.tokensPerSecond.toFixed(0),
      row.gemmMs.toFixed(0),
      row.gemmGflops.toFixed(1),
      (row.gemmMs / row.medianMs).toFixed(2),
      (row.wholePairsMs / row.medianMs).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
