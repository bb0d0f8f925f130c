import type { SequenceBatch } from '#libs/batching';

/** A batch smaller than this leaves the arithmetic units idle on every device. */
const MIN_BATCH_TOKENS = 512;
const CPU_TARGET_MS = 250;
const GPU_TARGET_MS = 50;

/** Tokens that take `targetMs` at this rate; never less than a batch that fills the device. */
export function batchBudget(tokensPerSecond: number, targetMs: number): number {
  return Math.max(MIN_BATCH_TOKENS, Math.round((tokensPerSecond * targetMs) / 1000));
}

/** Time that a batch should take, where nothing else was asked for. */
export function batchTargetMsOf(device: string): number {
  return isGpu(device) ? GPU_TARGET_MS : CPU_TARGET_MS;
}

/** Half of what did not fit, but never more than before, nor so little that every device would idle. */
export function budgetAfterOutOfMemory(batch: SequenceBatch, budget: number): number {
  return Math.min(budget, Math.max(MIN_BATCH_TOKENS, Math.floor(tokensOf(batch) / 2)));
}

export function isGpu(device: string): boolean {
  return device.startsWith('cuda');
}

/** As the batcher counts: documents, and the query with them; the head is on the device nearly always. */
function tokensOf({ shares }: SequenceBatch): number {
  const lengths = shares.flatMap(({ prefix, documents }) => [...prefix.slice(-1), ...documents]);
  const tails = shares.reduce((tokens, { documents, tail }) => tokens + documents.length * (tail?.length ?? 0), 0);
  return lengths.reduce((tokens, ids) => tokens + ids.length, tails);
}
