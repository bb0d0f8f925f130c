import type { Batch } from './batch.js';

/** One engine may die for a reason of its own; two in a row died of the batch. */
const MOST_ENGINES = 2;

/**
 * What is sent to the next engine when one ended under this batch; `undefined`: nothing, the batch has ended too many.
 * A batch that only waited is sent as it was. A suspect is sent again in parts, a request each, so that a request that
 * ends engines takes no other one with it.
 */
export function recover(batch: Batch, begun: boolean): readonly Batch[] | undefined {
  if (!begun) return [batch];
  const enginesEnded = batch.enginesEnded + 1;
  if (enginesEnded >= MOST_ENGINES) return undefined;
  return batch.shares.map((share) => ({ sequence: batch.sequence, shares: [share], enginesEnded }));
}

/**
 * A batch that an engine ended under runs alone: what it has behind it is begun meanwhile, and could be what the next engine ends
 * for.
 */
export function isSuspect({ enginesEnded }: Batch): boolean {
  return enginesEnded > 0;
}
