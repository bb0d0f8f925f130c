/** Its files are still brought or read, it is loading, or its engine is being started again. */
export class ModelNotReadyError extends Error {
  readonly code = 'model_not_ready';

  constructor(
    state: string,
    readonly retryAfterSeconds: number,
  ) {
    super(`the model is not ready (${state}), try again in ${retryAfterSeconds} s`);
  }
}
