import { afterAll, beforeAll } from 'vitest';
import { TestServer } from '../support/server.js';
import { ASKED, type Scored } from './asked.js';
import { KEY, MAX_BODY_BYTES, type Context } from './context.js';

/** One server for all tests of a file; a second request is refused while a large one waits. */
export function serverForAll(): Context {
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

  return context;
}
