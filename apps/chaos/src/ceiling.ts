import { LoadClient, timesOf } from './http-load.js';
import { startPinned } from './server-under-test.js';
import { exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const SECONDS = 20;
const BODIES = 50;
const DOCUMENTS = 100;

/** Documents per second through HTTP with an engine that answers at once, server and engine on one core. */
export async function ceiling({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const ms = Math.max(2, SECONDS * scale) * 1000;
  const server = await startPinned({ harness: ['--engine', 'instant'] });
  const client = new LoadClient(server.url, 16);
  const texts = new Texts();
  const checks: Check[] = [];
  for (const words of [14, 100]) {
    const bodies = Array.from({ length: BODIES }, () => texts.body(DOCUMENTS, words));
    const outcomes = await client.closedLoop({ workers: 8, ms, body: () => texts.pick(bodies) });
    const answered = timesOf(outcomes).length;
    checks.push(
      measured(`100 × ${words} words, one core`, (answered * DOCUMENTS * 1000) / ms, 'documents/s'),
      exactly(`100 × ${words} words: other answers than 200`, outcomes.length - answered, 0),
    );
  }
  client.close();
  await server.stop();
  return checks;
}
