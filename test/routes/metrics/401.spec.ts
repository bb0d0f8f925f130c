import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const KEY = 'a-key-of-some-length';
const app = useTestApp({ env: { API_KEY: KEY, METRICS_REQUIRE_API_KEY: 'true' } });

it('is closed where METRICS_REQUIRE_API_KEY says so, and opens for a key', async () => {
  expect((await app().get('/metrics')).statusCode).toBe(401);
  expect((await app().get('/metrics', { 'x-api-key': KEY })).statusCode).toBe(200);
});
