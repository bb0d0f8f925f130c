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
