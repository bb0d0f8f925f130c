import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();

it('says what is running', async () => {
  const response = await app().get('/health');
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({
    status: 'healthy',
    state: 'ready',
    backend: 'fake',
    download: null,
    products: null,
    tokens_per_second: 1000,
    model_check: { status: 'off' },
  });
});

it.each([
  ['/health/ready', 200],
  ['/health/live', 200],
  ['/health/startup', 200],
  ['/ping', 200],
  ['/v1/health/live', 200],
  ['/v1/health/ready', 200],
  ['/nim/v1/health/ready', 200],
  ['/.well-known/live', 204],
  ['/.well-known/ready', 204],
])('answers %s with %i', async (path, status) => {
  expect((await app().get(path)).statusCode).toBe(status);
});
