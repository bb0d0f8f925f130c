import { describe, expect, it } from 'vitest';
import { ModelService } from '#libs/model-service';
import { useTestApp } from '../../support/test-app.js';

const READY = ['/health', '/health/ready', '/health/startup', '/ping', '/v1/health/ready', '/.well-known/ready'];
const LIVE = ['/health/live', '/v1/health/live', '/nim/v1/health/live', '/.well-known/live'];

describe('a server whose model is not there', () => {
  const app = useTestApp({ ready: false });

  it.each(READY)('answers %s with 503', async (path) => {
    expect((await app().get(path)).statusCode).toBe(503);
  });

  it.each(LIVE)('answers %s', async (path) => {
    expect((await app().get(path)).statusCode).toBeLessThan(300);
  });

  it('says how far it is', async () => {
    const response = await app().get('/health/startup');
    expect(response.json()).toEqual({ status: 'starting', phase: 'starting', percent: 0 });
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('a server whose engine died', () => {
  const app = useTestApp();

  it('is not ready, but was started', async () => {
    app().engine.newest.kill();
    const report = await app().get('/health');
    expect([report.statusCode, report.json()]).toEqual([
      503,
      expect.objectContaining({ status: 'unhealthy', state: 'starting', engine_restarts: 1 }),
    ]);
    expect((await app().get('/health/startup')).json()).toMatchObject({ status: 'started', percent: 100 });
    await expect.poll(async () => (await app().get('/health')).statusCode, { timeout: 10_000 }).toBe(200);
    app().app.get(ModelService).drain();
    expect((await app().get('/health')).json()).toMatchObject({ state: 'draining' });
  });
});
