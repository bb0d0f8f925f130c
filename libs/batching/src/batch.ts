import type { ActiveRequest } from './active-request.js';
import type { FinishedBatch } from './batch-observer.js';
import type { BatchScores } from './batch-scorer.js';

/** Documents [from, to) of a request. */
export interface Share<Request = ActiveRequest> {
  readonly request: Request;
  readonly from: number;
  readonly to: number;
  /** What these documents cost, as the planner counts. */
  readonly tokens: number;
}

/** The shares that an engine gets at a time: on their way to it, or waiting for another one. */
export interface Batch {
  /** Order of planning: what is sent again keeps its place. */
  readonly sequence: number;
  readonly shares: readonly Share[];
  /** Engines that ended while they worked on it. */
  readonly enginesEnded: number;
}

export function tokensOf({ shares }: Pick<Batch, 'shares'>): number {
  return shares.reduce((tokens, share) => tokens + share.tokens, 0);
}

/** The batches in the order of their planning; those of equal age stay as they are. */
export function inOrder(batches: readonly Batch[]): readonly Batch[] {
  return batches.toSorted((a, b) => a.sequence - b.sequence);
}

/** The batches without the shares that `keep` refuses; a batch without shares is gone. */
export function onlyShares(batches: readonly Batch[], keep: (share: Share) => boolean): readonly Batch[] {
  return batches
    .map((batch) => ({ ...batch, shares: batch.shares.filter((share) => keep(share)) }))
    .filter(({ shares }) => shares.length > 0);
}

export function finishedBatch(batch: Batch, scores: BatchScores, tokenBudget: number): FinishedBatch {
  return {
    requests: batch.shares.length,
    documents: scores.logits.length,
    tokens: tokensOf(batch),
    tokenBudget,
    computedTokens: scores.computedTokens,
    sharedTokens: scores.sharedTokens,
    seconds: scores.computeSeconds,
  };
}
