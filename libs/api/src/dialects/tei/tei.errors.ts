import type { Errors } from '../errors.js';
import { object, text } from '../schema.js';

/** Those of text-embeddings-inference: 422 for a body that is JSON and wrong, and a 401 without a body. */
export const teiErrors: Errors = {
  error: object({ error: text, error_type: text }),
  toError: ({ message, status, field, fault, code }) => {
    if (status === 401) return { status, body: undefined };
    const wrong = field !== undefined && fault !== 'empty';
    return { status: wrong ? 422 : status, body: { error: message, error_type: errorType(status, fault, code) } };
  },
};

function errorType(status: number, fault: string | undefined, code: string): string {
  if (fault === 'empty') return 'Empty';
  if (status === 429) return 'Overloaded';
  if (status < 500) return 'Validation';
  return code === 'internal' || code === 'engine_failed' ? 'Backend' : 'Unhealthy';
}
