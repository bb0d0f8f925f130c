import { expect, it } from 'vitest';
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
