import type { BatchScorer } from '#libs/batching';
import type { EngineInformation } from '#libs/engine-protocol';

/** A batch that the engine could not score, or an engine that could not come up. */
export class EngineError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What the server is told of an engine. */
export type EngineEvent =
  /** The scorer is that of this process: it rejects when that ends, and another one is ready after a restart. */
  | { readonly kind: 'ready'; readonly information: EngineInformation; readonly scorer: BatchScorer }
  /** Memory was short: the most tokens in a batch from now on. */
  | { readonly kind: 'budget'; readonly maxBatchTokens: number }
  /** The process ended without being asked to; another one starts after `restartMs`. No batch may be sent to it until it is ready. */
  | { readonly kind: 'exited'; readonly reason: string; readonly restartMs: number }
  /** At its first start it could not load the model: the server has not what was asked for. */
  | { readonly kind: 'unusable'; readonly error: EngineError }
  /** It loaded before and now could not; it is tried again. */
  | { readonly kind: 'loadFailed'; readonly error: EngineError }
  /** Heartbeats are missing: the engine may be stopped. It is heard again, or it is ended. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'heardAgain' }
  /** A line on its standard output or error. */
  | { readonly kind: 'said'; readonly line: string };
