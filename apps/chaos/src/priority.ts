import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { percentile, type Sample, type ServerProcess } from '#apps/workshop';
import { LoadClient, timesOf } from './http-load.js';
import { startPinned } from './server-under-test.js';
import { atLeast, atMost, exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

/** Short batches, so that the next one is soon. */
const MAX_BATCH_TOKENS = '2048';
const SECONDS = 30;
/** Few enough that none is refused: those would try again at once. */
const CALLERS = 4;
/** What a job sends, as fast as it can, and what a person asks at a time. */
const ASKED = { documents: 100, words: 100 };
/** Of class 2 beside class 0. */
const SHARE = 1 / 5;

const KEYS = { people: 'people', jobs: 'jobs best-priority=2' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/**
 * One person of class 0 after the other beside jobs of class 2 that send four times what the server can do. The person is never
 * refused, and waits for a batch and a little more; the jobs get their part at least. Their key says their class, so that what is refused
 * is not read. What an idle server takes is measured before and after, for the machine may change meanwhile.
 */
export async function priority({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const ms = Math.max(5, SECONDS * scale) * 1000;
  const keys = path.join(mkdtempSync(path.join(os.tmpdir(), 'priority-')), 'keys');
  writeFileSync(keys, Object.values(KEYS).join('\n'));
  const server = await startPinned({
    env: { MAX_BATCH_TOKENS, MAX_QUEUE_SECONDS: '2', API_KEY_FILE: keys },
    allCores: true,
  });
  const people = new LoadClient(server.url, 4, bearer('people'));
  const jobs = new LoadClient(server.url, 500, bearer('jobs'));
  const texts = new Texts();
  const bodyOf = (priorityOf: number) =>
    JSON.stringify({ ...(JSON.parse(texts.body(ASKED.documents, ASKED.words)) as object), priority: priorityOf });
  const bodies = Array.from({ length: 200 }, () => bodyOf(2));
  const nightly = () => texts.pick(bodies);
  try {
    const person = () => bodyOf(0);
    const idle = () => people.closedLoop({ workers: 1, ms: ms / 4, body: person });
    await people.closedLoop({ workers: 1, ms: ms / 6, body: person });
    const idleBefore = await idle();
    const alone = await jobs.closedLoop({ workers: CALLERS, ms: ms / 3, body: nightly });
    const best = timesOf(alone).length / (ms / 3000);
    const before = await batchTimes(server);
    const [urgent, storm] = await Promise.all([
      people.closedLoop({ workers: 1, ms, body: person }),
      jobs.openLoop({ perSecond: 4 * best, ms, body: nightly }),
    ]);
    const after = await batchTimes(server);
    const batchMs = (1000 * (after.seconds - before.seconds)) / (after.count - before.count);
    const idleAfter = await idle();
    return verdict({ idle: [...idleBefore, ...idleAfter], urgent, storm, best, batchMs, seconds: ms / 1000 });
  } finally {
    people.close();
    jobs.close();
    await server.stop();
    rmSync(path.dirname(keys), { recursive: true });
  }
}

interface Seen {
  readonly idle: readonly Sample[];
  readonly urgent: readonly Sample[];
  readonly storm: readonly Sample[];
  /** Requests of class 2 a second, alone. */
  readonly best: number;
  /** Mean time of a batch under load. */
  readonly batchMs: number;
  readonly seconds: number;
}

async function batchTimes(server: ServerProcess): Promise<{ readonly seconds: number; readonly count: number }> {
  const [seconds, count] = [
    await server.metric('rerank_batch_seconds_sum'),
    await server.metric('rerank_batch_seconds_count'),
  ];
  return { seconds, count };
}

function verdict({ idle, urgent, storm, best, batchMs, seconds }: Seen): Check[] {
  const idleP95 = percentile(timesOf(idle), 95);
  const bar = 1.3 * idleP95 + batchMs;
  return [
    measured('best of class 2, alone', best, 'requests/s'),
    measured('requests of class 2 at 4×', storm.length, ''),
    measured('of them refused', storm.filter(({ outcome }) => outcome === '429' || outcome === '503').length, ''),
    exactly('requests of class 0 that were not answered', urgent.length - timesOf(urgent).length, 0),
    measured('p95 of class 0, idle', idleP95, 'ms'),
    measured('a batch at 4×', batchMs, 'ms'),
    measured('p50 of class 0 at 4×', percentile(timesOf(urgent), 50), 'ms'),
    atMost('p95 of class 0 at 4×', percentile(timesOf(urgent), 95), bar, 'ms'),
    atLeast('class 2 at 4×', timesOf(storm).length / seconds, SHARE * best, 'requests/s'),
  ];
}
