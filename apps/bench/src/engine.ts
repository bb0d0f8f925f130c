// `npm run bench -- engine [--shape embedded|tiny|0.6b|4b|8b] [--documents N] [--tokens N,N] [--dtype auto|f32|bf16|int8] [--repeats N]`:
// a pass of the engine alone, without HTTP, beside the model's own matrix multiplications, the same without shared prefixes, and
// (`--reference PYTHON`) the model card's snippet. The other options: `--backend`, `--device`, `--threads`, `--rows`, `--no-graphs`,
// `--json`.
import { parseArgs } from 'node:util';
import { embeddedModelFolder } from '#libs/embedded-model';
import { openBackend } from '#libs/backends';
import { ModelRunner, PrefixKvCache } from '#libs/engine';
import { openCheckpoint } from '#libs/model-repository';
import { Qwen3Model, type Qwen3Shape } from '#libs/models';
import { asInEngine } from './as-in-engine.js';
import { GemmPass } from './gemm.js';
import { measureEngine, type EngineFigures } from './measure-engine.js';
import { HuggingFaceReference } from './reference.js';
import { markdown, processor, type EngineReport } from './report-engine.js';
import { OFFICIAL_SHAPES, syntheticWeights } from './shapes.js';
import { equalLengths, filled, spreadLengths, type Workload } from './workload.js';

const { values: options } = parseArgs({
  options: {
    shape: { type: 'string', default: 'embedded' },
    backend: { type: 'string', default: 'auto' },
    device: { type: 'string', default: 'auto' },
    dtype: { type: 'string', default: 'auto' },
    /** A GPU gets every pass kernel by kernel. */
    'no-graphs': { type: 'boolean', default: false },
    /** Requests are put together until a batch has this many unique tokens. */
    rows: { type: 'string', default: '0' },
    threads: { type: 'string', default: '2' },
    documents: { type: 'string' },
    /** Lengths of documents, separated by commas. */
    tokens: { type: 'string' },
    repeats: { type: 'string', default: '9' },
    /** A Python with torch and transformers: times them in the same run. */
    reference: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const shape = shapeNamed(options.shape);
const threads = Number(options.threads);
const { backend, device, dtype } = options;
asInEngine(threads);
const { ops } = await openBackend({ backend, device, dtype, threads, cudaGraphs: !options['no-graphs'] });
const startedMs = performance.now();
const weights = await syntheticWeights(ops, shape);
const loadSeconds = (performance.now() - startedMs) / 1000;
const runner = new ModelRunner(new Qwen3Model(ops, shape, weights), new PrefixKvCache(Infinity));
const gemms = new GemmPass(ops, shape, weights);
const reference =
  options.reference === undefined
    ? undefined
    : await HuggingFaceReference.start(options.reference, shape, ops.describe());
const contestants = {
  ops,
  runner,
  gemms,
  vocabularySize: shape.vocabularySize,
  ...(reference !== undefined && { reference }),
};
const rows: EngineFigures[] = [];
for (const workload of workloads()) {
  rows.push(await measureEngine(contestants, filled(workload, Number(options.rows)), Number(options.repeats)));
}
const report: EngineReport = {
  shape: options.shape,
  ...ops.describe(),
  node: process.version,
  processor: processor(),
  loadSeconds,
  peakMemory: process.resourceUsage().maxRSS / 1024,
  deviceBytes: ops.memory().bytes + ops.memory().scratchBytes,
  ...(reference !== undefined && { reference: reference.version }),
  rows,
};
console.log(options.json ? JSON.stringify(report, null, 2) : markdown(report));
reference?.stop();
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
    const lengths = (options.tokens ?? '30').split(',').map(Number);
    return lengths.map((tokens) => equalLengths(Number(options.documents ?? 20), tokens));
  }
  if (options.shape === 'embedded') return [equalLengths(10, 30), equalLengths(20, 100)];
  return [14, 50, 100, 350].map((tokens) => equalLengths(20, tokens)).concat(spreadLengths(20, 50));
}
