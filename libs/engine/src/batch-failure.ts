import type { RequestShare, SequenceBatch } from '#libs/batching';

/** The two parts to score instead of a batch that memory was too short for; nothing after any other error, or for one document. */
export function partsAfter(error: unknown, batch: SequenceBatch): readonly [SequenceBatch, SequenceBatch] | undefined {
  return isOutOfMemory(error) ? halves(batch) : undefined;
}

export function isOutOfMemory(error: unknown): boolean {
  return failureOf(error).code === 'OUT_OF_MEMORY';
}

/** The device fails until the process ends: the server starts another one, which gets the batch. */
export function isDeviceFault(error: unknown): boolean {
  return failureOf(error).code === 'DEVICE_FAULT';
}

/** Errors of the native addon carry a `code`, and so do some of ours. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  return { code: typeof code === 'string' ? code : 'internal', message };
}

/** Cut between two documents, as near to the middle as tokens allow; nothing for a single document. */
function halves(batch: SequenceBatch): readonly [SequenceBatch, SequenceBatch] | undefined {
  const lengths = batch.shares.flatMap(({ documents }) => documents.map((ids) => ids.length));
  if (lengths.length < 2) return undefined;
  const half = lengths.reduce((sum, length) => sum + length, 0) / 2;
  let cut = 0;
  for (let tokens = 0; tokens < half; cut += 1) tokens += lengths[cut]!;
  cut = Math.min(cut, lengths.length - 1);
  return [part(batch, 0, cut), part(batch, cut, lengths.length)];
}

/** Documents [from, to) of the batch. Only the part with its final document is the last of a request. */
function part({ shares }: SequenceBatch, from: number, to: number): SequenceBatch {
  const parts: RequestShare[] = [];
  let before = 0;
  for (const share of shares) {
    const documents = share.documents.slice(Math.max(0, from - before), Math.max(0, to - before));
    before += share.documents.length;
    if (documents.length > 0) parts.push({ ...share, documents, last: share.last && before <= to });
  }
  return { shares: parts };
}
