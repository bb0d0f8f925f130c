import type { PublicError } from '../errors/public-error.js';
import { either, integer, nothing, object, text, type Schema } from './schema.js';

export interface ErrorAnswer {
  readonly status: number;
  /** Undefined: no body. */
  readonly body: unknown;
}

/** How an API writes its errors. */
export interface Errors {
  /** Of every body. */
  readonly error: Schema<unknown>;
  readonly toError: (error: PublicError, requestId: string) => ErrorAnswer;
}

/** OpenAI's error object, which many APIs have. */
export const openAiError = object({ message: text, type: text, param: either(text, nothing), code: integer });

/** Cohere reads `message`, Jina's and Voyage's clients `detail`, OpenRouter, Together and the AI SDK `error.message`. */
export const errorsForAll: Errors = {
  error: object({ message: text, id: text, detail: text, error: openAiError }),
  toError: ({ message, code, status, field }, id) => ({
    status,
    body: { message, id, detail: message, error: { message, type: code, param: field ?? null, code: status } },
  }),
};
