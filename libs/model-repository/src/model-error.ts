/** A model that cannot be served; the message says what was found, what was expected, and where. */
export class ModelError extends Error {
  readonly code = 'bad_model';
}
