import { describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { MAX_CONCURRENT_REQUESTS: '2' } });
const BODY = { query: 'q', documents: ['a'] };

it('refuses what would only wait, before its body, and tells when to come back', async () => {
  app().engine.isHeld = true;
  const held = [app().post('/rerank', BODY), app().post('/score', { text_1: 'q', text_2: ['a', 'b'] })];
  await expect.poll(() => app().metric('rerank_active_requests')).toBe(2);
  for (const path of ['/rerank', '/score', '/tokenize', '/v2/rerank']) {
    const response = await app().post(path, 'no JSON');
    expect([path, response.statusCode]).toEqual([path, 429]);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    expect(response.payload).toContain('at most 2 requests');
  }
  expect((await app().post('/tei/rerank', 'no JSON')).json()).toMatchObject({ error_type: 'Overloaded' });
  app().engine.goOn();
  expect((await Promise.all(held)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect(await app().metric('rerank_rejections_total{reason="concurrent_requests",class="0"}')).toBe(5);
  expect((await app().post('/rerank', BODY)).statusCode).toBe(200);
});

describe('with a queue that is full for large requests', () => {
  const full = useTestApp({ env: { MAX_QUEUED_TOKENS: '2000' } });

  it('refuses by its length what would wait behind it, before the body, and reads what is short', async () => {
    full().engine.isHeld = true;
    const documents = Array.from({ length: 200 }, (_, index) => `${index}${' word'.repeat(30)}`);
    const held = full().post('/rerank', { query: 'q', documents });
    await expect.poll(() => full().metric('rerank_queued_tokens')).toBeGreaterThan(2000);
    const long = await full().post('/rerank', `no JSON${' '.repeat(40_000)}`);
    expect([long.statusCode, long.payload]).toEqual([429, expect.stringContaining('at most 2000 tokens')]);
    expect((await full().post('/rerank', 'no JSON')).statusCode).toBe(400);
    full().engine.goOn();
    expect((await held).statusCode).toBe(200);
  });
});
