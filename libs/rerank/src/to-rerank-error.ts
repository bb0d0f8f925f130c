import { DeadlinePassedError } from '#libs/admission';
import { BatchInterruptedError } from '#libs/batching';
import { EngineError } from '#libs/model-service';
import { TokenizerError } from '#libs/tokenizer';
import { EngineFailedError, InvalidRequestError, RequestTimeoutError } from './rerank-errors.js';
import { PromptTooLongError } from './truncation.js';

/** Turns errors of lower libraries into those of the catalogue; any other error passes and becomes a 500. */
export function toRerankError(error: unknown, timeoutSeconds: number): unknown {
  if (isEngineFailure(error)) return new EngineFailedError(error);
  if (error instanceof PromptTooLongError) return new InvalidRequestError('query', error.message, 'too_long');
  if (error instanceof DeadlinePassedError) return new RequestTimeoutError(timeoutSeconds);
  return error;
}

function isEngineFailure(error: unknown): boolean {
  return [EngineError, BatchInterruptedError, TokenizerError].some((kind) => error instanceof kind);
}
