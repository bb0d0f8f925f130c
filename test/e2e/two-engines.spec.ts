import { beforeAll, describe, expect, it } from 'vitest';
import { cpuSecondsOf, isAlive } from '#apps/workshop';
import { TestServer } from '../support/server.js';

// Two processes on the CPU are wired as two GPUs are.
describe('a server with two devices', () => {
  const query = 'which engine';
  const documents = Array.from({ length: 400 }, (_, index) => `${index} ${'words of a document '.repeat(4)}`);
  const server = TestServer.forAll({ DEVICE: 'cpu,cpu', TORCH_THREADS: '2', MAX_BATCH_TOKENS: '512' });
  beforeAll(() => server.until(() => server.log.split(' is ready: ').length === 3), 60_000);

  it('starts an engine for each, and says so', async () => {
    expect(server.enginePids).toHaveLength(2);
    const health = await server.json('/health');
    expect(health['device']).toMatch(/^cpu.*, cpu/u);
  });

  it('scores on both what one scores alone', async () => {
    const alone = await server.scores({ query, documents: documents.slice(0, 3) });
    const before = server.enginePids.map((pid) => cpuSecondsOf(pid).allThreads);
    const together = await server.scores({ query, documents });
    alone.forEach((score, index) => expect(Math.abs(score - together[index]!)).toBeLessThan(1e-5));
    const worked = server.enginePids.map((pid, engine) => cpuSecondsOf(pid).allThreads - before[engine]!);
    // An idle engine only beats.
    expect(Math.min(...worked)).toBeGreaterThan(Math.max(...worked) / 10);
  }, 60_000);

  it('stays ready and answers while one of them is started again', async () => {
    const [first] = server.enginePids;
    const answer = server.scores({ query, documents });
    await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
    process.kill(first!, 'SIGKILL');
    await server.until(() => !server.enginePids.includes(first!));
    expect((await fetch(`${server.url}/health/ready`)).ok).toBe(true);
    expect(await answer).toHaveLength(documents.length);
    await server.until(() => server.enginePids.length === 2);
    expect(await server.metric('rerank_engine_restarts_total')).toBe(1);
  }, 60_000);

  it('ends with both of them when it is asked to', async () => {
    const engines = server.enginePids;
    expect(await server.stop()).toBe(0);
    expect(engines.filter((pid) => isAlive(pid))).toEqual([]);
  }, 60_000);
});
