import { afterAll, beforeAll, describe } from 'vitest';
import { TestServer } from '../support/server.js';
import { ASKED, type Scored } from './asked.js';
import { KEY, MAX_BODY_BYTES, type Context } from './context.js';
import { description } from './description.js';
import { sameThroughEveryDialect } from './dialects.js';
import { longDocuments } from './long-documents.js';
import { realClients } from './real-clients.js';
import { recordedRequests } from './recorded.js';

/** One server for all contract tests; a second request is refused while a large one waits. */
const context: { -readonly [key in keyof Context]: Context[key] } = { server: undefined!, expected: [] };

beforeAll(async () => {
  const limits = { MAX_BODY_BYTES: String(MAX_BODY_BYTES), MAX_QUEUED_TOKENS: '512' }; // one request that waits fills the queue
  context.server = await TestServer.start({ API_KEY: KEY, ...limits });
  const answer = await context.server.post('/rerank', ASKED, { authorization: `Bearer ${KEY}` });
  const { results } = (await answer.json()) as { results: { index: number; relevance_score: number }[] };
  context.expected = results.map(({ index, relevance_score: score }): Scored => ({ index, score }));
}, 60_000);

afterAll(async () => {
  await context.server.stop('SIGKILL');
});

describe('the same request through every dialect', () => {
  sameThroughEveryDialect(context);
});
describe('a recorded request', () => {
  recordedRequests(context);
});
describe('the description of the API', () => {
  description(context);
});
describe('long documents', () => {
  longDocuments(context);
});
describe('the real client', () => {
  realClients(context);
});
