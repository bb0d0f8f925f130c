/** What is stable of an error; what it means to a caller of an API is that API's. */
export type RerankErrorCode = 'invalid_request' | 'text_too_long' | 'engine_failed' | 'timeout';

/** What a caller may see: a code and a sentence. Detail for us goes to the log. */
export abstract class RerankError extends Error {
  abstract readonly code: RerankErrorCode;
  /** The field of the request that is wrong, if one is. */
  readonly field?: string;
  readonly retryAfterSeconds?: number;
}

/** What is wrong with a request, for the APIs that tell these cases apart. */
export type Fault = 'empty' | 'too_long' | 'too_many' | 'invalid';

export class InvalidRequestError extends RerankError {
  readonly code = 'invalid_request';

  constructor(
    override readonly field: string,
    message: string,
    readonly fault: Fault = 'invalid',
  ) {
    super(message);
  }
}

/** A text that is longer than any model could read: refused before it costs time. */
export class TextTooLongError extends RerankError {
  readonly code = 'text_too_long';

  constructor(
    override readonly field: string,
    name: string,
    { length, limit }: { readonly length: number; readonly limit: number },
  ) {
    super(`${name} has ${length} characters, at most ${limit} are taken`);
  }
}

/** The engine failed while it worked on this request. */
export class EngineFailedError extends RerankError {
  readonly code = 'engine_failed';
  override readonly retryAfterSeconds = 5;

  constructor(cause: unknown) {
    super('the engine failed while scoring, try again in a few seconds', { cause });
  }
}

export class RequestTimeoutError extends RerankError {
  readonly code = 'timeout';

  constructor(timeoutSeconds: number) {
    super(`the request was not answered within ${timeoutSeconds} s`);
  }
}
