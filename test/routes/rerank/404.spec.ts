import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { API_KEY: 'a-key-of-some-length' } });

it('answers a path that is none, with and without a key, before the body', async () => {
  for (const headers of [{}, { authorization: 'Bearer a-key-of-some-length' }]) {
    const response = await app().post('/nowhere', 'no JSON', headers);
    expect(response.statusCode).toBe(404);
    expect(response.json<{ message: string }>().message).toBe('there is nothing at POST /nowhere');
  }
});

it('answers a path that is too long for a parameter with 414', async () => {
  const response = await app().post(`/v1/inference/${'x'.repeat(300)}`, {});
  expect([404, 414]).toContain(response.statusCode);
});
