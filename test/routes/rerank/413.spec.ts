import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { MAX_BODY_BYTES: '2000' } });

it('refuses a body by its length, and one that turns out too long', async () => {
  const body = JSON.stringify({ query: 'q', documents: ['x'.repeat(2000)] });
  const response = await app().post('/rerank', body);
  expect(response.statusCode).toBe(413);
  expect(response.json<{ message: string }>().message).toBe('the body must be at most 2000 bytes');
});
