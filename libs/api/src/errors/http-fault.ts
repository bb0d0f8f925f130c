import type { ErrorCode } from './statuses.js';

/** What is wrong with a request before any handler has it; the message is for the caller. */
export class HttpFault extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}
