/** Of an admitted route. */
const ADMITTED = {
  invalid_request: 400,
  unauthorized: 401,
  not_found: 404,
  method_not_allowed: 405,
  body_too_slow: 408,
  body_too_large: 413,
  path_too_long: 414,
  unsupported_media_type: 415,
  text_too_long: 422,
  queue_full: 429,
  internal: 500,
  too_many_bytes: 503,
  too_many_connections: 503,
  model_not_ready: 503,
  engine_failed: 503,
  shutting_down: 503,
  timeout: 504,
} as const;

/** The HTTP status of each code that an error may have: the framework's, ours from before a handler ran, and the use case's. */
export const STATUS_OF = {
  ...ADMITTED,
  // Of files, asked for on conditions or in parts.
  precondition_failed: 412,
  range_not_satisfiable: 416,
} as const;

export type ErrorCode = keyof typeof STATUS_OF;

/** What an admitted route may answer. */
export const ANSWER_STATUSES: readonly number[] = [200, ...new Set<number>(Object.values(ADMITTED))].toSorted(
  (a, b) => a - b,
);
