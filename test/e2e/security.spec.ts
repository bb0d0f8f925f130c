import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

const KEY = 'correct-horse-battery';
const BODY = { query: 'q', documents: ['a'] };

describe('a server with keys', () => {
  const server = TestServer.forAll({
    API_KEY: `${KEY},second-key`,
    PLAYGROUND: 'false',
    MAX_CONCURRENT_REQUESTS: '1',
  });

  it('writes one line for a request, with its id and its times, and never a key or a text', async () => {
    const body = { query: 'a private question', documents: ['a private answer', 'a private answer'] };
    const headers = { 'x-request-id': 'line-1', authorization: `Bearer ${KEY}` };
    expect((await server.post('/rerank', body, headers)).status).toBe(200);
    await server.until(() => server.log.includes('line-1'));
    const lines = server.log.split('\n').filter((line) => line.includes('line-1'));
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({
        msg: 'answered',
        reqId: 'line-1',
        status: 200,
        documents: 2,
        duplicateDocuments: 1,
        tokenizeSeconds: expect.any(Number) as number,
        queueSeconds: expect.any(Number) as number,
        computeSeconds: expect.any(Number) as number,
      }),
    ]);
    expect(server.log).not.toMatch(/private|correct-horse/u);
  });

  it('does not say that it is full to a client without a key', async () => {
    const documents = Array.from({ length: 1000 }, (_, index) => `${index} ${'word after word '.repeat(40)}`);
    const leaving = new AbortController();
    const work = fetch(`${server.url}/rerank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEY },
      body: JSON.stringify({ query: 'q', documents }),
      signal: leaving.signal,
    }).catch((error: unknown) => error);
    await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
    expect((await server.post('/rerank', BODY)).status).toBe(401);
    expect((await server.post('/rerank', BODY, { 'x-api-key': KEY })).status).toBe(429);
    leaving.abort();
    await work;
    await server.until(async () => (await server.metric('rerank_active_requests')) === 0);
  });

  it('serves no page with PLAYGROUND=false', async () => {
    expect((await fetch(`${server.url}/`)).status).toBe(405); // the API's own: text-embeddings-inference posts there
  });

  it('writes no key to its log', () => {
    expect(server.log).not.toContain(KEY);
  });
});

describe('a configuration that cannot be served', () => {
  it.each([
    ['a key required and none given', { REQUIRE_API_KEY: 'true' }, /API_KEY/u],
    [
      'several bad variables',
      { PORT: '99999999', MAX_DOCUMENTS: 'many' },
      /PORT[\s\S]*MAX_DOCUMENTS|MAX_DOCUMENTS[\s\S]*PORT/u,
    ],
    ['a folder that is not there', { MODEL_NAME: './no-such-folder' }, /no-such-folder/u],
    ['a GPU for the portable backend', { BACKEND: 'tfjs', DEVICE: 'cuda' }, /DEVICE/u],
  ])(
    'refuses to start with %s, and says why',
    async (_name, env, message) => {
      const server = TestServer.spawn(env);
      expect(await server.exit()).toBe(1);
      expect(server.log).toMatch(message);
      expect(server.log).not.toMatch(/\n\s+at /u);
    },
    30_000,
  );
});
