/** A model that cannot be served; the message says what was found, what was expected, and where. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code = 'bad_model';
}
