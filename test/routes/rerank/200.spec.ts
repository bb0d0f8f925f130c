import { expect, it, vi } from 'vitest';
import { LoopTurns } from '#libs/admission';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();
/** The scripted engine finds longer documents better. */
const DOCUMENTS = ['one', 'one two three four', 'one two', 'one two'];

it('ranks: best first, equal ones in the order of the request', async () => {
  const { statusCode, headers, ...answer } = await app().post('/rerank', { query: 'q', documents: DOCUMENTS });
  expect(statusCode).toBe(200);
  const { results } = answer.json<{ results: { index: number; relevance_score: number }[] }>();
  expect(results.map(({ index }) => index)).toEqual([1, 2, 3, 0]);
  expect(results[1]!.relevance_score).toBe(results[2]!.relevance_score);
  expect(headers).toMatchObject({ 'x-compute-type': 'text', 'cache-control': 'no-store' });
});

it('answers the best ones only, with their documents, where that is asked for', async () => {
  const body = { query: 'q', documents: DOCUMENTS, top_n: 1, return_documents: true };
  const { results } = (await app().post('/rerank', body)).json<{ results: unknown[] }>();
  expect(results).toEqual([expect.objectContaining({ index: 1, document: expect.anything() })]);
});

it('reads a long document in windows, and the best one counts', async () => {
  const long = 'word after word '.repeat(50);
  const body = { model: 'm', query: 'q', documents: [long, 'a'], max_tokens_per_doc: 20, long_documents: 'chunk' };
  const { statusCode } = await app().post('/v1/rerank', body);
  expect(statusCode).toBe(200);
});

it('finds where in a document its relevance is, where that is asked for', async () => {
  const documents = ['The first sentence is short. The second sentence is quite a bit longer than that one.'];
  const body = { query: 'q', documents, relevant_spans: { mode: 'enabled', threshold: 0 } };
  const { results } = (await app().post('/rerank', body)).json<{ results: { relevant_spans?: unknown[] }[] }>();
  expect(results[0]!.relevant_spans).toEqual(
    expect.arrayContaining([expect.objectContaining({ start: expect.any(Number) })]),
  );
});

it('takes the prompt of the model off that a client put around its texts, and says so once', async () => {
  const instruction = 'Note that the answer can only be "yes" or "no".';
  const system = `Judge whether the Document meets the requirements based on the Query and the Instruct provided. ${instruction}`;
  const query = `<|im_start|>system\n${system}<|im_end|>\n<|im_start|>user\n<Instruct>: i\n<Query>: q\n`;
  const documents = ['<Document>: d<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n'];
  const before = await app().metric('rerank_unwrapped_requests_total');
  for (const _ of [1, 2]) expect((await app().post('/rerank', { query, documents })).statusCode).toBe(200);
  expect((await app().metric('rerank_unwrapped_requests_total')) - before).toBe(2);
  expect(app().log.filter(({ msg }) => String(msg).includes("model's own prompt"))).toHaveLength(1);
});

it('takes the id of the caller, cut to 128 characters, and makes one without', async () => {
  const body = { query: 'q', documents: ['a'] };
  const given = await app().post('/rerank', body, { 'x-request-id': 'x'.repeat(300) });
  expect(given.headers['x-request-id']).toBe('x'.repeat(128));
  const made = await app().post('/rerank', body);
  expect(made.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/u);
  const wide = await app().post('/rerank', body, { 'x-request-id': 'a\u009bb' });
  expect(wide.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/u);
});

it.each([
  '{"query":"q","documents":[{"text":"a","__proto__":{"polluted":1},"constructor":{"prototype":{}}}]}',
  '{"query":"q","documents":["a"],"constructor":null,"__proto__":-1}',
])('drops keys that would reach a prototype: %s', async (body) => {
  expect((await app().post('/rerank', body)).statusCode).toBe(200);
});

it('gives each step with very many tokens a turn of the event loop', async () => {
  const turns = vi.spyOn(LoopTurns.prototype, 'next');
  const turnsOf = async (nameOf: (index: number) => number) => {
    turns.mockClear();
    const documents = Array.from({ length: 40 }, (_, index) => `${nameOf(index)} ${'a b '.repeat(1500)}`);
    const body = { model: 'm', query: 'q', documents, max_tokens_per_doc: 400, long_documents: 'chunk' };
    expect((await app().post('/v1/rerank', body)).statusCode).toBe(200);
    return turns.mock.calls.length;
  };
  // One document forty times has a fortieth of the tokens; reading its body takes as many turns.
  const few = await turnsOf(() => 10);
  expect(await turnsOf((index) => 10 + index)).toBe(few + 2);
});
