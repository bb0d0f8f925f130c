import { Ajv, type AnySchema } from 'ajv';
import { describe, expect, it } from 'vitest';
import { dispatch } from '../dispatch/dispatch.js';
import { answerExample, requestExample } from '../openapi/examples.js';
import { validBody } from '../shared/validation.js';
import type { Dialect } from './dialect.js';
import { DIALECTS } from './list.js';

const ajv = new Ajv({ strict: true, strictTypes: false });
const ERRORS = [
  { status: 400, code: 'invalid_request', message: 'query must be a string', field: 'query' },
  { status: 400, code: 'invalid_request', message: 'the body must be valid JSON' },
  { status: 401, code: 'unauthorized', message: 'no key' },
  { status: 429, code: 'queue_full', message: 'busy', retryAfterSeconds: 1 },
  { status: 500, code: 'internal', message: 'internal error' },
  { status: 503, code: 'model_not_ready', message: 'loading' },
];
const CASES = DIALECTS.map((dialect) => ({ what: `${dialect.name} at ${dialect.mounts[0]}`, dialect }));

describe.each(CASES)('$what', ({ dialect }) => {
  it('is the one that its own example reaches, on each of its paths', () => {
    const body = requestExample(dialect);
    const reached = dialect.mounts.map((path) => dispatch({ path, headers: dialect.example.headers ?? {}, body }));
    expect(reached.filter((found) => found !== dialect)).toEqual([]);
  });

  it('takes its example, and answers what it declares, and no other key', () => {
    expect(() => validBody(dialect.request, requestExample(dialect))).not.toThrow();
    expect(faults(closed(dialect.answer.json), answerExample(dialect))).toEqual([]);
  });

  it('writes each error as it declares', () => {
    const bodies = ERRORS.map((error) => dialect.toError(error, 'id').body).filter((body) => body !== undefined);
    expect(bodies.flatMap((body) => faults(closed(dialect.error.json), body))).toEqual([]);
  });
});

it('has a path of its own for every API that has a name in the playground', () => {
  const shown = DIALECTS.filter(({ example }: Dialect) => example.code !== undefined);
  expect(shown.length).toBeGreaterThan(9);
  expect(new Set(shown.map(({ mounts }) => mounts[0])).size).toBe(shown.length);
});

function faults(schema: AnySchema, value: unknown): string[] {
  const validate = ajv.compile(schema);
  void validate(JSON.parse(JSON.stringify(value)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Answers may get new keys, so schemas allow them; ours are all declared. */
function closed<Any>(schema: Any): Any {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value
      ? { ...value, additionalProperties: false }
      : value,
  ) as Any;
}
