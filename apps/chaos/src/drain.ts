import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient } from './http-load.js';
import { startPinned } from './server-under-test.js';
import { exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const ROUNDS = 10;

/** SIGTERM under load: every accepted request is answered. A refused connection was not accepted. */
export async function drain({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const rounds = Math.max(1, Math.round(ROUNDS * scale));
  const texts = new Texts();
  let answered = 0;
  let unanswered = 0;
  let badExits = 0;
  for (let round = 0; round < rounds; round += 1) {
    const server = await startPinned({ env: { DRAIN_DELAY: '1' } });
    const client = new LoadClient(server.url, 16);
    const load = client.closedLoop({ workers: 16, ms: 5000, body: () => texts.body(5, 40) });
    await sleep(2000);
    if ((await server.stop()) !== 0) badExits += 1;
    for (const { outcome } of await load) {
      if (/^(?:ok|\d+)$/u.test(outcome)) answered += 1;
      else if (outcome !== 'ECONNREFUSED') unanswered += 1;
    }
    client.close();
  }
  return [
    measured('SIGTERM under load, times', rounds, ''),
    measured('requests answered', answered, ''),
    exactly('accepted requests without an answer', unanswered, 0),
    exactly('exits with another code than 0', badExits, 0),
  ];
}
