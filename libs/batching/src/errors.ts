/** The queue holds all it may; `retryAfterSeconds` is what the measured rate needs to drain it. */
export class QueueFullError extends Error {
  readonly code = 'queue_full';

  constructor(
    readonly reason: 'queued_tokens' | 'concurrent_requests',
    readonly retryAfterSeconds: number,
  ) {
    super(`the queue is full (${reason}), retry in ${retryAfterSeconds} s`);
  }
}

/** The batcher is draining: what was accepted is answered, nothing new is taken. */
export class ShuttingDownError extends Error {
  readonly code = 'shutting_down';
}

/** The engine ended before it answered. A batch that it had begun is suspected of having ended it. */
export class BatchInterruptedError extends Error {
  readonly code = 'engine_gone';

  constructor(
    /** The engine was at work on this batch; false: it still waited there. */
    readonly begun: boolean,
    message: string,
  ) {
    super(message);
  }
}
