import { describe, expect, it } from 'vitest';
import { errorsForAll } from './errors.js';
import { DIALECTS } from './list.js';

const ID = 'id-1';
const WRONG = { status: 400, code: 'invalid_request', message: 'query must be a string', field: 'query' };
const EMPTY = { ...WRONG, message: 'query must not be blank', fault: 'empty' };
const NO_KEY = { status: 401, code: 'unauthorized', message: 'no key' };
const BUSY = { status: 429, code: 'queue_full', message: 'busy', retryAfterSeconds: 1 };
const LOADING = { status: 503, code: 'model_not_ready', message: 'loading' };
const BROKEN = { status: 500, code: 'internal', message: 'internal error' };
const NOT_JSON = { status: 400, code: 'invalid_request', message: 'the body must be valid JSON' };

/** What a dialect's own path answers, or the shared ones. */
const at = (name: string, error: typeof WRONG | typeof NO_KEY, mounted = true) =>
  DIALECTS.filter((dialect) => dialect.name === name)
    .at(mounted ? 0 : -1)!
    .toError(error, ID);

describe('errors', () => {
  it('says the same thing where every client looks for it', () => {
    expect(at('generic', WRONG, false)).toEqual({
      status: 400,
      body: {
        message: WRONG.message,
        id: ID,
        detail: WRONG.message,
        error: { message: WRONG.message, type: 'invalid_request', param: 'query', code: 400 },
      },
    });
    expect(at('voyage', WRONG, false)).toEqual(at('generic', WRONG, false));
    expect(errorsForAll.toError(NO_KEY, ID)).toEqual(at('generic', NO_KEY, false));
  });

  it("is Cohere's", () => {
    expect(at('cohere-v1', WRONG)).toEqual({ status: 400, body: { message: WRONG.message, id: ID } });
    expect(at('cohere-v2', BUSY)).toEqual({ status: 429, body: { message: 'busy', id: ID } });
  });

  it("is Jina's, with a detail that is a string", () => {
    const errors = [{ field: 'query', message: WRONG.message, type: 'value_error' }];
    expect(at('jina', WRONG)).toEqual({ status: 422, body: { detail: WRONG.message, request_id: ID, errors } });
    expect(at('jina', NO_KEY)).toEqual({ status: 401, body: { detail: 'no key' } });
    expect(at('jina', BUSY)).toEqual({ status: 429, body: { detail: 'busy', request_id: ID, code: 'queue_full' } });
  });

  it("is Voyage's", () => {
    expect(at('voyage', WRONG)).toEqual({ status: 400, body: { detail: WRONG.message } });
  });

  it.each([
    [WRONG, 422, 'Validation'],
    [EMPTY, 400, 'Empty'],
    [NOT_JSON, 400, 'Validation'],
    [BUSY, 429, 'Overloaded'],
    [LOADING, 503, 'Unhealthy'],
    [BROKEN, 500, 'Backend'],
  ])("is TEI's for %o, also on shared paths", (error, status, type) => {
    const expected = { status, body: { error: error.message, error_type: type } };
    expect(at('tei', error)).toEqual(expected);
    expect(at('tei', error, false)).toEqual(expected);
  });

  it("is TEI's empty 401", () => {
    expect(at('tei', NO_KEY)).toEqual({ status: 401, body: undefined });
  });

  it("is vLLM's", () => {
    const body = { error: { message: WRONG.message, type: 'BadRequestError', param: 'query', code: 400 } };
    expect(at('vllm', WRONG)).toEqual({ status: 400, body });
    expect(at('vllm-score', LOADING)).toMatchObject({ body: { error: { type: 'Service Unavailable', code: 503 } } });
    expect(at('vllm', NO_KEY)).toEqual({ status: 401, body: { error: 'Unauthorized' } });
  });

  it("is Infinity's", () => {
    const detail = [{ type: 'value_error', loc: ['body', 'query'], msg: WRONG.message }];
    expect(at('infinity', WRONG)).toEqual({ status: 422, body: { detail } });
    expect(at('infinity', { ...WRONG, field: 'body' })).toMatchObject({ body: { detail: [{ loc: ['body'] }] } });
    expect(at('infinity', NO_KEY)).toEqual({ status: 401, body: { detail: 'Unauthorized' } });
    expect(at('infinity', BUSY)).toMatchObject({ status: 429, body: { error: { message: 'busy' } } });
  });
});
