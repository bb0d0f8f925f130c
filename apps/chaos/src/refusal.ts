import { scheduledSecondsOf } from '#apps/workshop';
import { LoadClient, othersThan, timesOf } from './http-load.js';
import { startPinned } from './server-under-test.js';
import { atMost, exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const SECONDS = 10;
const CALLERS = 8;
/** So that the code is compiled, however short the run is. */
const WARM_UP_MS = 3000;
/** As in `overload`. */
const DOCUMENTS = 20;
const WORDS = 50;
const BAR_MS = 0.08;

/** What a refusal costs where the queue is full: processor time of the server's process, what it does in the kernel included. */
export async function refusal({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const ms = Math.max(1, SECONDS * scale) * 1000;
  const server = await startPinned({ harness: ['--engine', 'stuck'], env: { MAX_CONCURRENT_REQUESTS: '1' } });
  const texts = new Texts();
  const client = new LoadClient(server.url, CALLERS);
  const body = () => texts.body(DOCUMENTS, WORDS);
  const bodies = Array.from({ length: 50 }, body);
  try {
    void new LoadClient(server.url, 1).closedLoop({ workers: 1, ms: 1, body });
    await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
    const load = { workers: CALLERS, body: () => texts.pick(bodies) };
    await client.closedLoop({ ...load, ms: WARM_UP_MS });
    const before = scheduledSecondsOf(server.pid);
    const outcomes = await client.closedLoop({ ...load, ms });
    const seconds = scheduledSecondsOf(server.pid) - before;
    return [
      measured('refusals', outcomes.length, ''),
      exactly('answers other than 429', othersThan(outcomes, '429'), 0),
      exactly('answers of 200', timesOf(outcomes).length, 0),
      atMost('processor time of a refusal', (1000 * seconds) / outcomes.length, BAR_MS, 'ms'),
    ];
  } finally {
    client.close();
    server.process.kill('SIGKILL');
  }
}
