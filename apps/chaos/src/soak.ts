import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from '#apps/workshop';
import { LoadClient, othersThan } from './http-load.js';
import { openHandles, residentBytes, startPinned } from './server-under-test.js';
import { atMost, exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { memoryChart, slopePerMinute, type Moment } from './soak-memory.js';
import { Texts } from './texts.js';

const MINUTES = 20;
/** Enough that 1 KiB kept of each is twice the slope that is allowed. */
const REQUESTS_PER_SECOND = 100;
const SAMPLE_MS = 2000;
/** The first quarter warms caches and heaps up. */
const WARM_UP_PART = 0.25;
const PLOT = 'docs/soak.svg';

/** Mixed load for 20 minutes: memory, handles and tensors stay where they are. With `--leak` it must fail. */
export async function soak({ scale, leak }: ScenarioOptions): Promise<readonly Check[]> {
  const ms = Math.max(1, MINUTES * scale) * 60_000;
  const server = await startPinned(leak ? { harness: ['--leak'] } : { harness: [] });
  const client = new LoadClient(server.url, 100);
  await client.open(); // All of them, or the handles would follow the load's busiest moment.
  const samples: Moment[] = [];
  const over = new AbortController();
  const startedMs = performance.now();
  const sampling = (async () => {
    for (; !over.signal.aborted; await sleep(SAMPLE_MS)) {
      samples.push({
        minutes: (performance.now() - startedMs) / 60_000,
        residentBytes: residentBytes(server),
        handles: openHandles(server),
        deviceBytes: await server.metric('rerank_device_memory_bytes'),
      });
    }
  })();
  try {
    const outcomes = await client.openLoop({ perSecond: REQUESTS_PER_SECOND, ms, body: mixedBody(new Texts()) });
    over.abort();
    await sampling;
    if (!leak && scale >= 1) writeFileSync(PLOT, memoryChart(samples));
    return report(samples, outcomes);
  } finally {
    over.abort();
    client.close();
    await server.stop();
  }
}

function report(samples: readonly Moment[], outcomes: readonly Sample[]): Check[] {
  const steady = samples.filter(({ minutes }) => minutes >= WARM_UP_PART * samples.at(-1)!.minutes);
  const half = Math.floor(steady.length / 2);
  const growth = (of: (moment: Moment) => number) =>
    Math.max(...steady.slice(half).map(of)) / Math.max(...steady.slice(0, half).map(of)) - 1;
  return [
    measured('requests', outcomes.length, ''),
    exactly('answers that are not 200, 422 or 429', othersThan(outcomes, 'ok', '422', '429'), 0),
    measured('resident memory at the end', steady.at(-1)!.residentBytes / 2 ** 20, 'MiB'),
    atMost('slope of resident memory', 100 * slopePerMinute(steady), 0.5, '%/min'),
    atMost('growth of open handles, second half', 100 * growth(({ handles }) => handles), 5, '%'),
    atMost('growth of device memory, second half', 100 * growth(({ deviceBytes }) => deviceBytes), 5, '%'),
  ];
}

/** Mostly small requests, some large, a few that are refused. */
function mixedBody(texts: Texts): () => string {
  return () => {
    const kind = texts.below(100);
    if (kind === 0) return texts.body(100, 20);
    if (kind === 1) return JSON.stringify({ query: 'q', documents: ['x'.repeat(1_000_001)] });
    return texts.body(1 + texts.below(5), 5 + texts.below(30));
  };
}
