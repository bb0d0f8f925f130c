import { expect, it } from 'vitest';
import { useTestApp } from '../../support/test-app.js';

const app = useTestApp();

it('shows every series from the start, and the state of the engine', async () => {
  const response = await app().get('/metrics');
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toContain('text/plain');
  expect(await app().metric('rerank_engine_state{state="ready"}')).toBe(1);
  expect(await app().metric('rerank_engine_state{state="downloading"}')).toBe(0);
  expect(await app().metric('rerank_model_download_bytes')).toBe(0);
  expect(await app().metric('rerank_requests_total{dialect="native",status="429"}')).toBe(0);
});
