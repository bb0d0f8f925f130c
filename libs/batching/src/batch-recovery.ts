import type { PlannedShare } from './batch-planner.js';

/** A batch on its way to the engine, or waiting for another engine. */
export interface PlannedBatch {
  /** Order of planning: what is sent again keeps its place. */
  readonly sequence: number;
  readonly shares: readonly PlannedShare[];
  /** Engines that ended while they worked on it. */
  readonly enginesEnded: number;
}

/** One engine may die for a reason of its own; two in a row died of the batch. */
const MOST_ENGINES = 2;

/**
 * What is sent to the next engine when one ended under this batch; `undefined`: nothing, the batch has ended too many.
 * A batch that only waited is sent as it was. A suspect is sent again in parts, a request each, so that a request that
 * ends engines takes no other one with it.
 */
export function recover(batch: PlannedBatch, begun: boolean): readonly PlannedBatch[] | undefined {
  if (!begun) return [batch];
  const enginesEnded = batch.enginesEnded + 1;
  if (enginesEnded >= MOST_ENGINES) return undefined;
  return batch.shares.map((share) => ({ sequence: batch.sequence, shares: [share], enginesEnded }));
}

/**
 * A batch that an engine ended under runs alone: what it has behind it is begun meanwhile, and could be what the next engine ends
 * for.
 */
export function isSuspect({ enginesEnded }: PlannedBatch): boolean {
  return enginesEnded > 0;
}

/** The batches in the order of their planning; those of equal age stay as they are. */
export function inOrder(batches: readonly PlannedBatch[]): readonly PlannedBatch[] {
  return batches.toSorted((a, b) => a.sequence - b.sequence);
}

/** The batches without the shares that `keep` refuses; a batch without shares is gone. */
export function onlyShares(
  batches: readonly PlannedBatch[],
  keep: (share: PlannedShare) => boolean,
): readonly PlannedBatch[] {
  return batches
    .map((batch) => ({ ...batch, shares: batch.shares.filter((share) => keep(share)) }))
    .filter(({ shares }) => shares.length > 0);
}

export function tokensOf({ shares }: Pick<PlannedBatch, 'shares'>): number {
  return shares.reduce((tokens, share) => tokens + share.tokens, 0);
}
