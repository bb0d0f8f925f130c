export type { RequestScores, ScoreRequest } from './active-request.js';
export type { BatchObserver, FinishedBatch } from './batch-observer.js';
export type { BatchScorer, BatchScores, RequestShare, SequenceBatch } from './batch-scorer.js';
export { Batcher } from './batcher.js';
export { DrainRate } from './drain-rate.js';
export { BatchInterruptedError } from './errors.js';
