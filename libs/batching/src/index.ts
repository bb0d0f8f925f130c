export {
  Admission,
  type Entry,
  REJECTION_REASONS,
  type AdmissionObserver,
  type QueueState,
  type RejectionReason,
} from './admission.js';
export type { RequestScores, ScoreRequest } from './active-request.js';
export type { BatchObserver, FinishedBatch } from './batch-observer.js';
export type { BatchScorer, BatchScores, RequestShare, SequenceBatch } from './batch-scorer.js';
export { Batcher, type BatcherOptions } from './batcher.js';
export { DrainRate } from './drain-rate.js';
export type { BatchBudget } from './engine-lanes.js';
export { BatchInterruptedError, QueueFullError, ShuttingDownError, withoutStack } from './errors.js';
export { classOf, PRIORITY_CLASSES, type PriorityClass } from './priority-classes.js';
