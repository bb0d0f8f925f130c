import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '#libs/rerank';
import { dispatch } from '../dispatch/dispatch.js';
import { requestExample } from '../openapi/examples.js';
import { validBody } from '../shared/validation.js';
import type { Dialect, Fields } from './dialect.js';
import { DIALECTS } from './list.js';

/** Status of a body that is JSON and wrong; every other API has 400. */
const WRONG_BODY: Readonly<Record<string, number>> = { jina: 422, tei: 422, 'tei-predict': 422, infinity: 422 };
/** Fields that have another name, or stand in an object of the body; undefined: it has no such field. */
const ELSEWHERE: Readonly<Record<string, (name: string, value: unknown, example: Fields) => Wrong | undefined>> = {
  dashscope: (name, value, { input, documents }) => {
    if (documents !== undefined) return { name, fields: { [name]: value } };
    return {
      name,
      fields: name === 'query' ? within('input', input, { query: value }) : { parameters: { [name]: value } },
    };
  },
  khoj: (name, value, { inputs }) =>
    name === 'query' ? { name, fields: within('inputs', inputs, { query: value }) } : undefined,
  'tei-predict': (name, value) => called(name === 'query' ? 'inputs' : name, value),
  deepinfra: (name, value) => called(name === 'query' ? 'queries' : name, value),
  'vllm-score': (name, value) => called(name === 'query' ? 'text_1' : name, value),
};
const OPTIONS = ['model', 'top_n', 'top_k', 'return_documents', 'instruction', 'truncation', 'rank_fields', 'user'];
const WRONG = { query: 7, top_n: 'two', top_k: [1], return_documents: 'maybe', instruction: {}, rank_fields: 'text' };
/** What examples have and requests need not; whatever else is in an example is needed. */
const OPTIONAL = new Set(['model', 'return_documents', 'raw_scores', 'apply_softmax', 'top_n', 'property', 'task']);
/** What a side of a pair is called where no side was sent. */
const NO_SIDE: Readonly<Record<string, string>> = { 'vllm-score': 'queries' };
const UNFIT = [undefined, null, 7, true];
const ajv = new Ajv({ strict: true, strictTypes: false });
const CASES = DIALECTS.map((dialect) => ({ what: `${dialect.name} at ${dialect.mounts[0]}`, dialect }));

describe.each(CASES)('$what', ({ dialect }) => {
  const example = requestExample(dialect);

  it('takes null for whatever is left out, in the fields that choose an API too', () => {
    const chosen = ['texts', 'passages', 'input', 'candidates', 'documents', 'items', 'raw_scores', 'label_token_ids'];
    const nulls = Object.fromEntries([...OPTIONS, ...chosen].map((name) => [name, null]));
    const withNulls = { ...nulls, ...example };
    expect(reached(dialect, withNulls)).toBe(dialect);
    expect(requestsOf(dialect, withNulls)).toEqual(requestsOf(dialect, example));
  });

  it('leaves fields alone that no API has', () => {
    const extra = { ...example, session_id: 's', trace: { a: [1] }, nothing: null };
    expect(reached(dialect, extra)).toBe(dialect);
    expect(requestsOf(dialect, extra)).toEqual(requestsOf(dialect, example));
  });

  it.runIf(dialect.example.inOrder)('answers every document, whatever would leave some out', () => {
    const requests = requestsOf(dialect, { ...example, top_n: 1, top_k: 1, min_score: 2, score_threshold: 2 });
    expect(requests).toEqual(requestsOf(dialect, example));
  });

  it.each(Object.entries(WRONG))('names %s when it is %o', (field, value) => {
    const wrong = (ELSEWHERE[dialect.name] ?? called)(field, value, example as Fields);
    const error = wrong && refusalOf(dialect, { ...example, ...wrong.fields });
    const told = error && { name: error.field, status: dialect.toError(publicOf(error), 'id').status };
    expect(told).toEqual(wrong && { name: wrong.name, status: statusOfWrongBody(dialect) });
  });

  it.each(neededBy(example))('needs %s: %o is refused, with the status and in the form of the API', (name, value) => {
    const error = refusalOf(dialect, { ...example, [name]: value })!;
    const { status, body } = dialect.toError(publicOf(error), 'id');
    const field = value === undefined || value === null ? (NO_SIDE[dialect.name] ?? name) : name;
    expect({ field: error.field, status }).toEqual({ field, status: statusOfWrongBody(dialect) });
    expect(isErrorOf(dialect, body)).toBe(true);
  });

  it('answers or refuses any values, and fails on none', () => {
    const values = fc.dictionary(fc.constantFrom(...OPTIONS, ...Object.keys(example)), fc.jsonValue());
    fc.assert(
      fc.property(values, (fields) => {
        const body = { ...example, ...fields };
        const chosen = reached(dialect, body);
        const refused = refusalOf(chosen, body);
        if (refused === undefined) return;
        const answer = chosen.toError(publicOf(refused), 'id');
        expect([400, 422]).toContain(answer.status);
        expect(isErrorOf(chosen, answer.body)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

function neededBy(example: object): [name: string, value: unknown][] {
  const names = Object.keys(example).filter((name) => !OPTIONAL.has(name));
  return names.flatMap((name) => UNFIT.map((value): [string, unknown] => [name, value]));
}

/** Compiled once for each schema. */
function isErrorOf({ error }: Dialect, body: unknown): boolean {
  return ajv.validate(error.json, JSON.parse(JSON.stringify(body)));
}

function reached({ mounts, example }: Dialect, body: object): Dialect {
  return dispatch({ path: mounts[0]!, headers: example.headers ?? {}, body })!;
}

function requestsOf(dialect: Dialect, body: object) {
  return dialect.toRequests(validBody(dialect.request, body));
}

/** What the filter makes of it. */
function publicOf({ code, message, field, fault }: InvalidRequestError) {
  return { status: 400, code, message, field, fault };
}

/** Rethrows what is not the caller's fault. */
function refusalOf(dialect: Dialect, body: object): InvalidRequestError | undefined {
  try {
    requestsOf(dialect, body);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRequestError) return error;
    throw error;
  }
}

interface Wrong {
  /** Of the field, as the error has it: one inside an object is named alone. */
  readonly name: string;
  readonly fields: object;
}

function called(name: string, value: unknown): Wrong {
  return { name, fields: { [name]: value } };
}

function within(name: string, object: unknown, fields: object): object {
  return { [name]: { ...(object as object), ...fields } };
}

/** On paths of its own an API keeps its status; TEI keeps it everywhere. */
function statusOfWrongBody({ name, mounts }: Dialect): number {
  const own = mounts[0]!.startsWith(`/${name.replace('-predict', '')}`) || name === 'tei';
  return (own ? WRONG_BODY[name] : undefined) ?? 400;
}
