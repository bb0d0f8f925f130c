import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isAlive } from '#apps/workshop';
import { TestServer } from '../support/server.js';

/** A busy machine is no failure. */
const PATIENT = { timeout: 30_000 };

const BODY = { query: 'What is machine learning?', documents: ['A field of study.', 'A fruit.'] };

describe('the engine process', () => {
  it("takes the server's environment but for its memory, and leaves without a stack trace when it is killed", async () => {
    const server = await TestServer.start({ MALLOC_MMAP_THRESHOLD_: '1048576', OMP_PROC_BIND: 'false' });
    const engine = server.enginePid;
    const environment = readFileSync(`/proc/${engine}/environ`, 'latin1');
    expect(environment).toContain('OMP_PROC_BIND=false');
    expect(environment).not.toContain('MALLOC_MMAP_THRESHOLD_');
    await server.stop('SIGKILL');
    await expect.poll(() => isAlive(engine), PATIENT).toBe(false);
    expect(server.log).not.toMatch(/\n\s+at /u);
  }, 60_000);

  it('leaves even while it works on a long batch', async () => {
    const server = await TestServer.start();
    const engine = server.enginePid;
    void server
      .post('/rerank', {
        query: 'q',
        documents: Array.from({ length: 6 }, (_, index) => `${index} ${'word '.repeat(2000)}`),
      })
      .catch(() => undefined);
    await sleep(300);
    await server.stop('SIGKILL');
    await expect.poll(() => isAlive(engine), PATIENT).toBe(false);
  }, 60_000);

  it('ends with the server, which answers what it accepted and exits with 0', async () => {
    const server = await TestServer.start();
    const engine = server.enginePid;
    // Long enough for the fastest backend to be seen at work.
    const documents = Array.from({ length: 1000 }, (_, index) => `${'a longer document '.repeat(20)} ${index}`);
    const answer = server.post('/rerank', { query: 'q', documents });
    await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
    expect(await server.stop()).toBe(0);
    expect((await answer).status).toBe(200);
    expect(isAlive(engine)).toBe(false);
  }, 60_000);
});

describe('a server whose engine fails', () => {
  const server = TestServer.forAll();

  it('says so, answers 503 with Retry-After, and is ready again with a new engine', async () => {
    process.kill(server.enginePid, 'SIGKILL');
    await server.until(async () => !(await fetch(`${server.url}/health/ready`)).ok);
    const refused = await server.post('/rerank', BODY);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/health/startup`)).status).toBe(200);
    await server.until(async () => (await fetch(`${server.url}/health`)).ok);
    expect((await server.post('/rerank', BODY)).status).toBe(200);
    expect(await server.metric('rerank_engine_restarts_total')).toBe(1);
  }, 60_000);

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'answers what it had accepted when its engine gets %s in a batch',
    async (signal) => {
      const before = await server.metric('rerank_engine_restarts_total');
      const documents = Array.from({ length: 400 }, (_, index) => `document ${index} of a longer list`);
      const answer = server.post('/rerank', { query: signal, documents });
      await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
      process.kill(server.enginePid, signal);
      await server.until(async () => !(await fetch(`${server.url}/health/ready`)).ok);
      const { results } = (await (await answer).json()) as { results: { relevance_score: number }[] };
      expect(results).toHaveLength(400);
      expect(results.every(({ relevance_score: score }) => score >= 0 && score <= 1)).toBe(true);
      expect(await server.metric('rerank_engine_restarts_total')).toBe(before + 1);
    },
    60_000,
  );

  it('finds an idle engine that is stopped, and takes it back when it goes on', async () => {
    const before = await server.metric('rerank_engine_restarts_total');
    const engine = server.enginePid;
    process.kill(engine, 'SIGSTOP');
    await server.until(async () => !(await fetch(`${server.url}/health/ready`)).ok);
    process.kill(engine, 'SIGCONT');
    await server.until(async () => (await fetch(`${server.url}/health/ready`)).ok);
    expect(server.enginePid).toBe(engine);
    expect(await server.metric('rerank_engine_restarts_total')).toBe(before);
  }, 60_000);
});
