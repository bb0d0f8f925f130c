import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from '#apps/workshop';
import { startPinned } from './server-under-test.js';
import { atMost, exactly, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const SETTLE_MS = 5000;

/** The client of a 1,000-document call leaves; within 100 ms nothing of it waits, and at most two batches finish. */
export async function disconnect(_options: ScenarioOptions): Promise<readonly Check[]> {
  const server = await startPinned();
  const texts = new Texts();
  const checks: Check[] = [];
  try {
    for (const leaveAfterMs of [50, 1000]) checks.push(...(await leave(server, texts, leaveAfterMs)));
    return checks;
  } finally {
    await server.stop();
  }
}

async function leave(server: ServerProcess, texts: Texts, leaveAfterMs: number): Promise<Check[]> {
  const call = fetch(`${server.url}/rerank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: texts.body(1000, 60),
    signal: AbortSignal.timeout(leaveAfterMs),
  }).catch(() => undefined);
  await call;
  const before = await server.metric('rerank_batch_seconds_count');
  await sleep(100);
  const queued = await server.metric('rerank_queued_tokens');
  await sleep(SETTLE_MS);
  const batches = (await server.metric('rerank_batch_seconds_count')) - before;
  const tokens = await server.metric('rerank_computed_tokens_total');
  await sleep(SETTLE_MS);
  const later = (await server.metric('rerank_computed_tokens_total')) - tokens;
  const what = `client leaves after ${leaveAfterMs} ms:`;
  return [
    exactly(`${what} tokens queued 100 ms later`, queued, 0),
    atMost(`${what} batches finished afterwards`, batches, 2, ''),
    exactly(`${what} tokens computed once those are over`, later, 0),
  ];
}
