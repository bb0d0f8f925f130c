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
  const sizes = isGpu(probed.device) ? GPU_PROBE_ROWS : PROBE_ROWS;
  let rate = { tokensPerSecond: 0, mostTokensPerSecond: 0 };
  let fittingRows: number | undefined;
  const measure = async (rows: number) => {
    await runner.score(probe(rows, probed.vocabularySize));
    const { computedTokens, computeSeconds } = await runner.score(probe(rows, probed.vocabularySize));
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
    if (fittingRows === undefined || !isOutOfMemory(error)) throw error;
    return { ...rate, fittingRows };
  }
}

function probe(rows: number, vocabularySize: number) {
  const documents = Array.from({ length: Math.floor(rows / PROBE_DOCUMENT_TOKENS) }, (_, document) =>
    Int32Array.from(
      { length: PROBE_DOCUMENT_TOKENS },
      (_unused, token) => (31 * document + 7 * token) % vocabularySize,
    ),
  );
  return { shares: [{ requestId: PROBE_REQUEST, prefix: [], documents, last: true }] };
}
