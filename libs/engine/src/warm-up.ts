import type { ModelRunner } from './model-runner.js';

/** Rows of the measured batches: short ones first, so that a slow device is not kept busy for long. */
const PROBE_ROWS = [64, 512];
/** A GPU is idle for most of a small batch: its rate shows in one that fills it. */
const GPU_PROBE_ROWS = [...PROBE_ROWS, 4096, 16_384];
/** A probe this long is measurement enough. */
const LONG_PROBE_SECONDS = 1;
const PROBE_DOCUMENT_TOKENS = 32;
const PROBE_REQUEST = 0;

/** A batch smaller than this leaves the arithmetic units idle on every device. */
export const MIN_BATCH_TOKENS = 512;
const CPU_TARGET_MS = 250;
const GPU_TARGET_MS = 50;

/** Runs the model until its kernels are warm and answers its rate in rows per second. */
export async function measureTokensPerSecond(
  runner: ModelRunner,
  { vocabularySize, device }: { readonly vocabularySize: number; readonly device: string },
): Promise<number> {
  let tokensPerSecond = 0;
  for (const rows of isGpu(device) ? GPU_PROBE_ROWS : PROBE_ROWS) {
    await runner.score(probe(rows, vocabularySize));
    const { computedTokens, computeSeconds } = await runner.score(probe(rows, vocabularySize));
    tokensPerSecond = Math.max(tokensPerSecond, computedTokens / computeSeconds);
    if (computeSeconds > LONG_PROBE_SECONDS) break;
  }
  return tokensPerSecond;
}

/** Tokens that take `targetMs` at this rate, by default what suits the device; never less than a batch that fills it. */
export function batchBudget(
  tokensPerSecond: number,
  device: string,
  targetMs: number = isGpu(device) ? GPU_TARGET_MS : CPU_TARGET_MS,
): number {
  return Math.max(MIN_BATCH_TOKENS, Math.round((tokensPerSecond * targetMs) / 1000));
}

function isGpu(device: string): boolean {
  return device.startsWith('cuda');
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
