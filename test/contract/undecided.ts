import { expect, it } from 'vitest';
import { ASKED } from './asked.js';
import { KEY, type Context } from './context.js';
import { documentKind, itemsOf } from './read-answer.js';
import type { Reads } from './reads.js';
import type { Row } from './rows.js';

const NAMED = { model: 'a-name-of-no-model', ...ASKED };
const COHERE = { 'x-fern-sdk-name': 'cohere' };

type Case = readonly [route: string, body: object, list: Reads['list'], document: string, headers: Row['headers']];

/** What docs/clients.md says of requests that do not tell who sent them. */
const ANSWERS: readonly Case[] = [
  ['/rerank', { ...NAMED, return_documents: true }, 'results', 'object', {}],
  ['/rerank', { ...NAMED, return_documents: true }, 'results', 'string', { authorization: `bearer ${KEY}` }],
  ['/infinity/rerank', { ...NAMED, return_documents: true }, 'results', 'string', {}],
  ['/v1/rerank', ASKED, 'results', 'object', {}],
  ['/v1/rerank', ASKED, 'data', 'string', {}],
  ['/sglang/v1/rerank', ASKED, 'array', 'string', {}],
  ['/rerank', ASKED, 'results', 'object', {}],
  ['/rerank', NAMED, 'results', 'object', {}],
  ['/tei/rerank', ASKED, 'array', 'none', {}],
  ['/api/rerank', NAMED, 'results', 'string', {}],
  ['/v1/rerank', NAMED, 'results', 'none', COHERE],
  ['/v1/rerank', { ...NAMED, top_k: 3 }, 'data', 'none', {}],
  ['/v2/rerank', NAMED, 'results', 'none', {}],
  ['/v2/rerank', { ...NAMED, return_documents: true }, 'results', 'object', {}],
];

export function undecided(context: Context): void {
  it.each(ANSWERS)('%s %o: %s, documents as %s', async (...[route, body, list, document, headers]) => {
    const response = await context.server.post(route, body, { authorization: `Bearer ${KEY}`, ...headers });
    expect(response.status).toBe(200);
    const items = itemsOf(await response.json(), list);
    expect(items.map((item) => documentKind(item))).toEqual(ASKED.documents.map(() => document));
  });

  it.each([
    ['/v1/rerank', 400],
    ['/v2/rerank', 400],
    ['/tei/rerank', 422],
    ['/jina/v1/rerank', 422],
    ['/infinity/rerank', 422],
    ['/vllm/v1/rerank', 400],
  ])('%s: %s for a body that is wrong', async (route, status) => {
    const response = await context.server.post(route, { ...NAMED, query: 7 }, { authorization: `Bearer ${KEY}` });
    expect(response.status).toBe(status);
  });
}
