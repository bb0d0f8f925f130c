import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ env: { SERVED_MODEL_NAME: 'a-name' } });

it.each(['/info', '/v1/models', '/v1/models/org/name', '/models', '/meta'])('%s names the model', async (path) => {
  const response = await app().get(path);
  expect(response.statusCode).toBe(200);
  expect(response.payload).toContain('a-name');
});

it('says to clients of Xinference whether they need a key', async () => {
  expect((await app().get('/v1/cluster/auth')).json()).toEqual({ auth: false });
});

it('describes the API', async () => {
  const response = await app().get('/openapi.json');
  expect(response.statusCode).toBe(200);
  expect(Object.keys(response.json<{ paths: object }>().paths)).toContain('/rerank');
});
