import type { BatchScores } from '#libs/batching';
import { isGpu } from './batch-budget.js';
import { isOutOfMemory } from './batch-failure.js';
import type { ModelRunner } from './model-runner.js';

/** Rows of the measured batches: short ones first, so that a slow device is not kept busy for long. */
const PROBE_ROWS = [64, 512];
/** A GPU is idle for most of a small batch: its rate shows in one that fills it. */
const GPU_PROBE_ROWS = [...PROBE_ROWS, 4096, 16_384];
/** A probe this long is measurement enough. */
const LONG_PROBE_SECONDS = 1;
const PROBE_DOCUMENT_TOKENS = 32;
const PROBE_REQUEST = 0;
const PROBE_PREFIX_TOKENS = 8;
/** Prefixes of passes that are recorded are others than those of the measured ones, which may be kept still. */
const FIRST_PREFIX = 2 ** 20;
/** Of a pass of short documents, few enough for the fewest sequences that a recorded one has room for. */
const SHORT_DOCUMENTS = 12;
/** Longer than short documents of a small pass are, and not too long for its tiles. */
const LONG_DOCUMENT_TOKENS = 240;

export interface MeasuredRate {
  /** Of the largest probe: most devices are slower where a batch leaves their caches. */
  readonly tokensPerSecond: number;
  /** Of the fastest one. */
  readonly mostTokensPerSecond: number;
  /** Rows of the largest batch that memory sufficed for; absent: it did for all. */
  readonly fittingRows?: number;
}

export interface Probed {
  readonly vocabularySize: number;
  readonly device: string;
  /** Rows of a batch at this rate: the last probe is as large, so that the memory of a batch is there when the first one comes. */
  readonly batchRows: (tokensPerSecond: number) => number;
}

/** Runs the model until its kernels are warm, and answers its rate in rows per second. */
export async function measureTokensPerSecond(runner: ModelRunner, probed: Probed): Promise<MeasuredRate> {
  const { vocabularySize } = probed;
  const onGpu = isGpu(probed.device);
  const sizes = onGpu ? GPU_PROBE_ROWS : PROBE_ROWS;
  let rate = { tokensPerSecond: 0, mostTokensPerSecond: 0 };
  let fittingRows: number | undefined;
  const measure = async (rows: number) => {
    const documents = Math.floor(rows / PROBE_DOCUMENT_TOKENS);
    // A GPU loads what it needs to keep a prefix, and to read one that is kept, when it does so first.
    const probe: Probe = { documents, tokens: PROBE_DOCUMENT_TOKENS, vocabularySize, prefix: onGpu ? rows : undefined };
    await run(runner, { ...probe, last: false });
    const { computedTokens, computeSeconds } = await run(runner, { ...probe, last: true });
    const tokensPerSecond = computedTokens / computeSeconds;
    rate = { tokensPerSecond, mostTokensPerSecond: Math.max(rate.mostTokensPerSecond, tokensPerSecond) };
    fittingRows = rows;
    return computeSeconds;
  };
  try {
    for (const rows of sizes) {
      if ((await measure(rows)) > LONG_PROBE_SECONDS) return rate;
    }
    const { mostTokensPerSecond: most } = rate;
    const rows = Math.min(probed.batchRows(most), LONG_PROBE_SECONDS * most);
    if (rows > sizes.at(-1)!) await measure(rows);
    return rate;
  } catch (error) {
    runner.release(PROBE_REQUEST);
    if (fittingRows === undefined || !isOutOfMemory(error)) throw error;
    return { ...rate, fittingRows };
  }
}

/**
 * Runs passes of each of these numbers of rows, of short documents and of longer ones, as often as a device needs to record them: two
 * that keep a prefix and two that read it. What is recorded at the start no request waits for.
 */
export async function recordSmallPasses(
  runner: ModelRunner,
  { vocabularySize, replayedRows }: { readonly vocabularySize: number; readonly replayedRows: readonly number[] },
): Promise<void> {
  let prefix = FIRST_PREFIX;
  for (const rows of replayedRows) {
    const room = rows - PROBE_PREFIX_TOKENS;
    for (const documents of [SHORT_DOCUMENTS, Math.ceil(room / LONG_DOCUMENT_TOKENS)]) {
      const probe = { documents, tokens: Math.floor(room / documents), vocabularySize };
      for (let time = 0; time < 2; time += 1) {
        prefix += 1;
        for (const last of [false, true]) await run(runner, { ...probe, prefix, last });
      }
    }
  }
}

interface Probe {
  readonly documents: number;
  /** Of a document. */
  readonly tokens: number;
  readonly vocabularySize: number;
  /** Another number is another prefix; absent: there is none. */
  readonly prefix?: number | undefined;
  readonly last?: boolean;
}

function run(
  runner: ModelRunner,
  { documents, tokens, vocabularySize, prefix, last = true }: Probe,
): Promise<BatchScores> {
  const ids = (length: number, text: number) =>
    Int32Array.from(
      { length },
      (_, token) => (Math.floor(text / vocabularySize ** token) + 7 * token) % vocabularySize,
    );
  const share = {
    requestId: PROBE_REQUEST,
    prefix: prefix === undefined ? [] : [ids(PROBE_PREFIX_TOKENS, prefix)],
    documents: Array.from({ length: documents }, (_, document) => ids(tokens, document)),
    last,
  };
  return runner.score({ shares: [share] });
}
