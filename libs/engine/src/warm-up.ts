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
  readonly tokensPerSecond: number;
  /** Rows of the largest batch that memory sufficed for; absent: it did for all. */
  readonly fittingRows?: number;
}

/** Runs the model until its kernels are warm and answers its rate in rows per second. */
export async function measureTokensPerSecond(
  runner: ModelRunner,
  { vocabularySize, device }: { readonly vocabularySize: number; readonly device: string },
): Promise<MeasuredRate> {
  let tokensPerSecond = 0;
  let fittingRows: number | undefined;
  for (const rows of isGpu(device) ? GPU_PROBE_ROWS : PROBE_ROWS) {
    try {
      await runner.score(probe(rows, vocabularySize));
      const { computedTokens, computeSeconds } = await runner.score(probe(rows, vocabularySize));
      tokensPerSecond = Math.max(tokensPerSecond, computedTokens / computeSeconds);
      if (computeSeconds > LONG_PROBE_SECONDS) break;
    } catch (error) {
      if (fittingRows === undefined || !isOutOfMemory(error)) throw error;
      return { tokensPerSecond, fittingRows };
    }
    fittingRows = rows;
  }
  return { tokensPerSecond };
}

function probe(rows: number, vocabularySize: number) {
  const documents = Array.from({ length: rows / PROBE_DOCUMENT_TOKENS }, (_, document) =>
    Int32Array.from(
      { length: PROBE_DOCUMENT_TOKENS },
      (_unused, token) => (31 * document + 7 * token) % vocabularySize,
    ),
  );
  return { shares: [{ requestId: PROBE_REQUEST, prefix: [], documents, last: true }] };
}
