import { expect, it } from 'vitest';
import { ModelService } from '#libs/model-service';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp({ ready: false });
const BODY = { query: 'q', documents: ['a'] };

it('says that the model is not ready until it is, then that the engine failed, then that the server ends', async () => {
  const early = await app().post('/rerank', BODY);
  expect(early.statusCode).toBe(503);
  expect(Number(early.headers['retry-after'])).toBeGreaterThan(0);
  expect(early.json()).toMatchObject({ error: { type: 'model_not_ready', code: 503 } });

  await app().becomeReady();
  expect((await app().post('/rerank', BODY)).statusCode).toBe(200);

  app().engine.failure = { code: 'non_finite_score', message: 'a score is no number' };
  const failed = await app().post('/rerank', BODY, { 'x-request-id': 'failed' });
  expect(failed.statusCode).toBe(503);
  expect(failed.json()).toMatchObject({ error: { type: 'engine_failed' } });
  expect(failed.payload).not.toContain('no number'); // That is for the log.
  expect(app().log.some(({ requestId, msg }) => requestId === 'failed' && String(msg).includes('engine failed'))).toBe(
    true,
  );
  app().engine.failure = undefined;

  app().app.get(ModelService).drain();
  expect((await app().post('/rerank', BODY)).statusCode).toBe(200);
  expect((await app().get('/health')).statusCode).toBe(503);
});
