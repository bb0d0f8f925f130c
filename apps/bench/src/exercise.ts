// `npm run check -- exercise`: random batches through the engine's own path (model, prefix cache, backend), watched for what they
// leave behind. One batch in `--fails-each` fails, and the one behind it counted on a prefix of it. Exits with 1 when a tensor or
// scratch is still held at the end, or the memory that is held grew. With an addon built for a sanitizer (`--addon`), every kernel runs
// under its eyes.
import { parseArgs } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { Random } from '#apps/workshop';
import type { RequestShare } from '#libs/batching';
import { ModelRunner, PrefixKvCache, type RunningBatch } from '#libs/engine';
import { Qwen3Model, type Qwen3Shape } from '#libs/models';
import type { KeyValues } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { garbageCollector } from '#libs/tokenizer';
import { asInEngine } from './as-in-engine.js';
import { syntheticWeights } from './shapes.js';

const SHAPE: Qwen3Shape = {
  hiddenSize: 64,
  layers: 3,
  heads: 4,
  keyValueHeads: 2,
  headDim: 32,
  intermediateSize: 96,
  vocabularySize: 512,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
};
const MEBIBYTE = 2 ** 20;
const THREADS = 2;
/** Held memory is compared from here on: buffers have met most shapes. */
const WARM_SHARE = 0.5;
const GROWTH_LIMIT = 0.02;

const { values: options } = parseArgs({
  options: {
    addon: { type: 'string' },
    /** Passes on tensors, small ones over memory that stays: what a GPU runs, but for its kernels. */
    'as-on-gpu': { type: 'boolean', default: false },
    batches: { type: 'string', default: '10000' },
    /** In which format the CPU multiplies: f32, bf16 or int8. */
    dtype: { type: 'string', default: 'f32' },
    /** One batch of how many fails. */
    'fails-each': { type: 'string', default: '100' },
    'plant-leak': { type: 'boolean', default: false },
  },
});

const batches = Number(options.batches);
const failsEach = Number(options['fails-each']);
asInEngine(THREADS);
const collectGarbage = garbageCollector();
const ops = await createLibtorchBackend({
  threads: THREADS,
  dtype: options.dtype,
  ...(options.addon !== undefined && { addon: options.addon }),
  ...(options['as-on-gpu'] && { tensors: true, graphs: 'always' }),
});
const model = new Qwen3Model(ops, SHAPE, await syntheticWeights(ops, SHAPE));
// Room for a few prefixes only: they are kept, found and evicted all the time.
const cache = new PrefixKvCache(MEBIBYTE);
const runner = new ModelRunner(model, cache);
const before = ops.memory().tensors;
/** Held to the end, as a forgotten handle would be; one without a reference is collected. */
const planted: KeyValues[] = [];
const random = new Random();
/** 1 to `limit`. */
const upTo = (limit: number) => 1 + random.below(limit);
let warmBytes = 0;
/** As in the engine, a batch is begun before the one in front of it is done. */
let running: RunningBatch | undefined;
let failed = 0;
for (let batch = 1; batch <= batches; batch += 1) {
  const shares = Array.from({ length: upTo(3) }, (_, share) => shareOf(3 * batch + share));
  if (batch % failsEach <= 1) shares.push(newcomer(batch));
  const next = runner.begin({ shares });
  await finish(running);
  running = next;
  if (options['plant-leak'] && batch === 7) planted.push(model.keyValues(16));
  if (batch === Math.ceil(WARM_SHARE * batches)) warmBytes = heldBytes();
  if (batch % Math.ceil(batches / 10) === 0) console.log(snapshot(batch));
}
await finish(running);
cache.clear();
const growth = heldBytes() / warmBytes - 1;
const left = ops.memory().tensors - before;
ops.close();
// What is free goes when the backend is closed; what a pass did not give back stays.
const { scratchBytes: scratchLeft } = ops.memory();
console.log(
  `${failed} batches failed; tensors left: ${left} (${planted.length} planted), bytes of scratch left: ${scratchLeft}; ` +
    `memory held grew by ${(100 * growth).toFixed(2)} % over the second half`,
);
process.exitCode = left > 0 || scratchLeft > 0 || growth > GROWTH_LIMIT ? 1 : 0;

/** Resident, garbage and what V8 has free apart: tens of megabytes, of which it takes some away while the process waits. */
function heldBytes(): number {
  // Twice: once leaves ten megabytes more in some runs.
  collectGarbage();
  collectGarbage();
  const { total_physical_size: heap, used_heap_size: used } = getHeapStatistics();
  return process.memoryUsage.rss() - heap + used;
}

async function finish(begun: RunningBatch | undefined): Promise<void> {
  try {
    await begun?.finish();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    failed += 1;
  }
}

/** A prefix that is met first in a batch that fails, by a token without a row, and again in the next one. */
function newcomer(batch: number): RequestShare {
  const fails = batch % failsEach === 0;
  const text = 100 + Math.floor(batch / failsEach);
  const documents = [ids(1, 30), ...(fails ? [Int32Array.of(SHAPE.vocabularySize)] : [])];
  return { requestId: -batch, prefix: [ids(text, 40), ids(text, 24)], documents, last: true };
}

function snapshot(batch: number): string {
  const { tensors, bytes, scratchBytes } = ops.memory();
  const resident = (process.memoryUsage.rss() / MEBIBYTE).toFixed(1);
  return `${batch} batches: ${tensors} tensors, ${bytes} bytes, ${scratchBytes} of scratch, ${resident} MiB resident`;
}

/** One request in three has a head and a query that were seen before; lengths vary from 1 to 200. */
function shareOf(requestId: number): RequestShare {
  const prefix = [ids(upTo(2), 40), ids(upTo(60), 24)];
  const documents = Array.from({ length: upTo(12) }, () => ids(upTo(1000), upTo(20) === 1 ? 200 : 30));
  return { requestId, prefix, documents, last: true };
}

/** The ids of one of many texts: the same number, the same text. */
function ids(text: number, longest: number): Int32Array {
  return Int32Array.from(
    { length: 1 + ((text * 7919) % longest) },
    (_, token) => (text * 31 + token) % SHAPE.vocabularySize,
  );
}
