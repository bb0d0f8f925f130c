import { percentile, type Sample } from '#apps/workshop';
import { LoadClient, timesOf } from './http-load.js';
import { startPinned } from './server-under-test.js';
import { atMost, exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const BATCH_TARGET_MS = 250;
const SAMPLES = 100;

/** A 3-document request beside a 1,000-document one: its p95 is at most its idle p95 and three batches. */
export async function fairness({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const samples = Math.max(20, Math.round(SAMPLES * scale));
  const server = await startPinned({ env: { BATCH_TARGET_MS: String(BATCH_TARGET_MS) } });
  const client = new LoadClient(server.url, 4);
  const texts = new Texts();
  try {
    const idle = await oneByOne(client, samples, () => texts.body(3, 30));
    const over = new AbortController();
    let bigRequests = 0;
    const big = (async () => {
      for (; !over.signal.aborted; bigRequests += 1) await client.post(texts.body(1000, 60));
    })();
    const beside = await oneByOne(client, samples, () => texts.body(3, 30));
    over.abort();
    client.close(); // The large request that is under way has shown what it had to.
    await big;
    const idleP95 = percentile(timesOf(idle), 95);
    return [
      measured('p95 of 3 documents, idle', idleP95, 'ms'),
      measured('1,000-document requests meanwhile', bigRequests, ''),
      exactly('answers of 3 documents', timesOf(beside).length, samples),
      atMost('p95 of 3 documents beside them', percentile(timesOf(beside), 95), idleP95 + 3 * BATCH_TARGET_MS, 'ms'),
    ];
  } finally {
    client.close();
    await server.stop();
  }
}

async function oneByOne(client: LoadClient, count: number, body: () => string): Promise<Sample[]> {
  const outcomes: Sample[] = [];
  while (outcomes.length < count) outcomes.push(await client.post(body()));
  return outcomes;
}
