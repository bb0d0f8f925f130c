// Ends the libtorch backend while passes are in flight, in one of the ways in which that happens: `close` (the backend is
// closed), `worker` (Workers that use it are terminated) or `exit` (the process ends itself; names the `--addon`). Prints what
// became of the passes.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Qwen3Model } from '#libs/models';
import { layOut } from '#libs/tensor';
import { createLibtorchBackend } from '#libs/tensor-libtorch';
import { asInEngine } from './as-in-engine.js';
import { OFFICIAL_SHAPES, syntheticWeights } from './shapes.js';

/** Passes long enough that others wait behind the one that runs. */
const LONG = { count: 12, tokens: 400 };
/** Passes so short that results arrive all the time: also at the moment when a Worker ends. */
const SHORT = { count: 500, tokens: 5 };
const WORKERS = 4;
const THREADS = 2;
const SHAPE = OFFICIAL_SHAPES['tiny']!;

const { values: options, positionals } = parseArgs({
  options: { addon: { type: 'string' }, 'as-on-gpu': { type: 'boolean', default: false } },
  allowPositionals: true,
});

if (isMainThread) {
  const ending = { close, worker, exit }[positionals[0] ?? ''];
  if (ending === undefined) throw new Error('name how it ends: close, worker or exit');
  console.log(JSON.stringify(await ending()));
} else {
  await begin(SHORT);
  parentPort!.postMessage('begun');
}

async function close() {
  const { ops, passes, score } = await begin(LONG);
  await passes[0];
  ops.close();
  const settled = await Promise.all(passes.map(outcome));
  return { settled, after: await outcome(score()), scratchBytes: ops.memory().scratchBytes };
}

async function worker() {
  for (let index = 0; index < WORKERS; index += 1) {
    const busy = new Worker(import.meta.filename, { argv: process.argv.slice(2) });
    await once(busy, 'message');
    await busy.terminate();
  }
  return { terminated: WORKERS };
}

async function exit(): Promise<never> {
  const native = createRequire(import.meta.url)(options.addon!) as { run(): never };
  await begin(SHORT);
  await setTimeout(20); // Some results are on their way, others are not computed.
  process.once('exit', () => {
    // No promise is settled any more: the addon itself says whether its threads have ended.
    try {
      native.run();
    } catch (error) {
      console.log(JSON.stringify({ after: codeOf(error) }));
    }
  });
  process.exit(0);
}

async function begin({ count, tokens }: typeof LONG) {
  const { addon, 'as-on-gpu': asOnGpu } = options;
  asInEngine(THREADS);
  const ops = await createLibtorchBackend({
    threads: THREADS,
    ...(addon !== undefined && { addon }),
    ...(asOnGpu && { tensors: true, graphs: 'always' }),
  });
  const model = new Qwen3Model(ops, SHAPE, await syntheticWeights(ops, SHAPE));
  const ids = Int32Array.from({ length: tokens }, (_, token) => token);
  const score = () => model.score(layOut([{ ids, scored: true }]));
  const passes = Array.from({ length: count }, score);
  for (const pass of passes) pass.catch(() => undefined); // Looked at later, or never.
  return { ops, passes, score };
}

async function outcome(pass: Promise<unknown>): Promise<string> {
  try {
    await pass;
    return 'computed';
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
