import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { REQUEST_TIMEOUT: '0.2' } });

it('ends a request whose time is over, and counts it', async () => {
  app().engine.isHeld = true;
  const response = await app().post('/rerank', { query: 'q', documents: ['a'] });
  expect(response.statusCode).toBe(504);
  expect(response.json<{ message: string }>().message).toBe('the request was not answered within 0.2 s');
  app().engine.goOn();
  await expect.poll(() => app().metric('rerank_active_requests')).toBe(0);
  expect(await app().metric('rerank_timeouts_total')).toBe(1);
  expect(await app().metric('rerank_queued_tokens')).toBe(0);
});
