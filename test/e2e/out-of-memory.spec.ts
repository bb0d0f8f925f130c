import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '#apps/workshop';
import { NATIVE_BUILT } from '../support/backends.js';
import { TestServer } from '../support/server.js';

const MAX_BATCH_TOKENS = 32_768;
/** Enough for the process itself, and for passes of a third of the batch. */
const ROOM_BYTES = 192 * 2 ** 20;
const TOLERANCE = 1e-5;

const HAS_PRLIMIT = spawnSync('prlimit', ['--version']).error === undefined;

describe.skipIf(!NATIVE_BUILT || !HAS_PRLIMIT)('an engine that gets no more memory', () => {
  const query = 'what is kept';
  const documents = Array.from({ length: 800 }, (_, index) => `${index} ${'a few words more '.repeat(7)}`);
  const env = { BACKEND: 'libtorch', TORCH_THREADS: '2' };
  const server = new TestServer({ ...env, MAX_BATCH_TOKENS: String(MAX_BATCH_TOKENS) });
  beforeAll(async () => {
    const bytes = await TestServer.with({ ...env, MAX_BATCH_TOKENS: '1024' }, async (small) =>
      usedBytes(small.enginePid),
    );
    await server.start({ ready: false });
    await until(() => server.enginePids.length === 1, { pollMs: 1 });
    // Before the warm-up, whose batch is as large: what it had would be there for the next one.
    limitMemory(server.enginePid, bytes + ROOM_BYTES);
    await until(async () => (await fetch(`${server.url}/health`)).ok);
  }, 120_000);
  afterAll(() => server.stop('SIGKILL'));

  it('answers a batch that is too large, in parts, and takes smaller ones from then on', async () => {
    const together = await server.scores({ query, documents });
    expect(together).toHaveLength(documents.length);
    const { max_batch_tokens: budget, engine_restarts: restarts } = await health();
    expect(budget).toBeLessThan(MAX_BATCH_TOKENS);
    expect(restarts).toBe(0);
    expect(server.log).toContain('out of memory: batches are smaller from now on');
    const few = await server.scores({ query, documents: documents.slice(0, 5) });
    few.forEach((score, index) => expect(Math.abs(score - together[index]!)).toBeLessThan(TOLERANCE));
    await server.scores({ query, documents });
    expect((await health()).max_batch_tokens).toBe(budget);
  }, 120_000);

  function health() {
    return server.json<{ max_batch_tokens: number; engine_restarts: number }>('/health');
  }
});

/** A real shortage: the kernel refuses the process what goes beyond what it has. */
function limitMemory(pid: number, bytes: number): void {
  const { status, stderr } = spawnSync('prlimit', [`--pid=${pid}`, `--as=${bytes}`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Of the address space. */
function usedBytes(pid: number): number {
  return 4096 * Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[0]);
}
