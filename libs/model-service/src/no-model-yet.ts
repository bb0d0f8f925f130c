/** What was asked is known once the model's files are there. */
export class NoModelYetError extends Error {
  readonly code = 'model_not_ready';

  constructor(
    state: string,
    readonly retryAfterSeconds: number,
  ) {
    super(`the model is not ready (${state}), try again in ${retryAfterSeconds} s`);
  }
}
