import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

const BODY = { query: 'What is machine learning?', documents: ['A field of study.', 'A fruit.'] };

describe('the engine process', () => {
  it('leaves within two seconds when the server is killed, without a stack trace', async () => {
    const server = await TestServer.start();
    const engine = engineOf(server);
    await server.stop('SIGKILL');
    await sleep(2000);
    expect(isAlive(engine)).toBe(false);
    expect(server.log).not.toMatch(/\n\s+at /u);
  }, 60_000);

  it('leaves within two seconds even while it works on a long batch', async () => {
    const server = await TestServer.start();
    const engine = engineOf(server);
    void server
      .post('/rerank', {
        query: 'q',
        documents: Array.from({ length: 6 }, (_, index) => `${index} ${'word '.repeat(2000)}`),
      })
      .catch(() => undefined);
    await sleep(300);
    await server.stop('SIGKILL');
    await sleep(2000);
    expect(isAlive(engine)).toBe(false);
  }, 60_000);

  it('is started again when it dies; until then requests get 503 with Retry-After', async () => {
    const server = await TestServer.start();
    process.kill(engineOf(server), 'SIGKILL');
    await server.until(async () => !(await fetch(`${server.url}/health`)).ok);
    const refused = await server.post('/rerank', BODY);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    await server.until(async () => (await fetch(`${server.url}/health`)).ok);
    expect((await server.post('/rerank', BODY)).status).toBe(200);
    expect(await server.metric('rerank_engine_restarts_total')).toBe(1);
    await server.stop();
  }, 60_000);

  it('ends with the server, which answers what it accepted and exits with 0', async () => {
    const server = await TestServer.start();
    const engine = engineOf(server);
    const documents = Array.from({ length: 50 }, (_, index) => `document ${index} of a longer list`);
    const answer = server.post('/rerank', { query: 'q', documents });
    await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
    expect(await server.stop()).toBe(0);
    expect((await answer).status).toBe(200);
    expect(isAlive(engine)).toBe(false);
  }, 60_000);
});

function engineOf(server: TestServer): number {
  // Linux only, and there without a tool to install.
  const children = readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, 'utf8');
  return Number(children.trim().split(' ')[0]);
}

/** A process that ended but was not yet collected by its parent is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
