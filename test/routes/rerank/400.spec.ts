import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { MAX_DOCUMENTS: '20' } });

const NESTED = `{"query":"q","documents":[{"text":"a","m":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}]}`;

it.each<[string, unknown, RegExp, string?]>([
  ['no body at all', '', /valid JSON: it is empty/u],
  ['a list', '[]', /must be a JSON object/u],
  ['a text', '"text"', /must be a JSON object/u],
  ['null', 'null', /must be a JSON object/u],
  ['a number', '7', /must be a JSON object/u],
  ['JSON that breaks off', '{"query":"q"', /JSON/u],
  ['JSON with a fault, by its byte', '{"query":"q",}', /byte 13|position 13/u],
  ['a body that is nested too deep', NESTED, /deep/u],
  ['no query', { documents: ['a'] }, /^query.*string/u, 'query'],
  ['a blank query', { query: ' ', documents: ['a'] }, /^query must not be blank/u, 'query'],
  ['a query that is a number', { query: 7, documents: ['a'] }, /^query.*string/u, 'query'],
  ['no documents', { query: 'q' }, /^documents.*array/u, 'documents'],
  ['an empty list', { query: 'q', documents: [] }, /at least one document/u, 'documents'],
  ['a document that is a number', { query: 'q', documents: ['a', 1] }, /^documents\[1\]/u, 'documents'],
  [
    'more documents than MAX_DOCUMENTS',
    { query: 'q', documents: Array(21).fill('a') },
    /at most 20 documents, got 21/u,
    'documents',
  ],
  ['a top_n of 0', { query: 'q', documents: ['a'], top_n: 0 }, /^top_n must be at least 1/u, 'top_n'],
  ['a top_n that is a word', { query: 'q', documents: ['a'], top_n: 'two' }, /^top_n.*integer/u, 'top_n'],
  [
    'a query longer than the model that may not be cut',
    { query: 'word '.repeat(9000), documents: ['a'], truncation: false },
    /tokens/u,
    'query',
  ],
  ['a flag that is a word', { query: 'q', documents: ['a'], return_documents: 'perhaps' }, /true or false/u],
  [
    'rank_fields that no document has of its own',
    { query: 'q', documents: [{ a: 'b' }], rank_fields: ['toString'] },
    /rank_fields/u,
  ],
])('refuses %s', async (_name, body, message, param) => {
  const response = await app().post('/rerank', body);
  expect(response.statusCode).toBe(400);
  expect(response.json<{ message: string }>().message).toMatch(message);
  expect(response.json()).toMatchObject({ error: { type: 'invalid_request', code: 400, ...(param && { param }) } });
});

it('refuses a query that leaves no room for a document', async () => {
  const response = await app().post('/nim/v1/ranking', {
    query: { text: 'word '.repeat(40_000) },
    passages: [{ text: 'a' }],
    truncate: 'NONE',
  });
  expect(response.statusCode).toBe(400);
  expect(response.payload).toMatch(/shorten the query or the instruction/u);
});

it('refuses a document that is too long where the caller wants that', async () => {
  const body = { model: 'm', query: 'q', documents: ['a', 'one two three four five six'], max_tokens_per_doc: 2 };
  const response = await app().post('/v1/rerank', { ...body, long_documents: 'error' });
  expect(response.statusCode).toBe(400);
  expect(response.json<{ message: string }>().message).toMatch(/documents\[1\] takes \d+ tokens, at most 2 fit/u);
});

it('refuses a path that cannot be read, with the id of the request', async () => {
  const response = await app().get('/%zz');
  expect(response.statusCode).toBe(400);
  expect(response.json<{ id: string }>().id).toBe(response.headers['x-request-id']);
});
