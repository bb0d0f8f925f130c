import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ ready: false });

it.each(['/info', '/v1/models', '/meta'])('%s waits for the files of the model', async (path) => {
  const response = await app().get(path);
  expect(response.statusCode).toBe(503);
  expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  expect(response.json()).toMatchObject({ error: { type: 'model_not_ready' } });
});
