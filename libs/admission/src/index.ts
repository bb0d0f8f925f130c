export {
  Admission,
  REJECTION_REASONS,
  type AdmissionObserver,
  type QueueState,
  type RejectionReason,
} from './admission.js';
export { DeadlinePassedError, type Limits } from './deadline.js';
export { NotAdmittedError } from './errors.js';
export { LoopTurns } from './loop-turns.js';
// Its type alone: Admission makes them.
export type { Permit } from './permit.js';
export { FairTurns, NO_TURNS, type ClassTurns } from './fair-turns.js';
export { CLASS_WEIGHTS, classOf, PRIORITY_CLASSES, QUANTUM_TOKENS, type PriorityClass } from './priority-classes.js';
