import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, scheduledSecondsOf, type Sample, type ServerProcess } from '#apps/workshop';
import { LoadClient, othersThan, timesOf } from './http-load.js';
import { residentBytes, startPinned } from './server-under-test.js';
import { atLeast, atMost, exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const CONNECTIONS = 2000;
const PHASE_SECONDS = 60;
const PROBE_EVERY_MS = 250;
/** Every two seconds, seven times as often as Prometheus by default: a scrape costs the server some milliseconds. */
const PROBES_PER_SCRAPE = 8;
const BODIES = 200;
/** About what a search sends to be reranked. A refusal costs the same whatever was asked: of smaller requests it takes a larger part. */
const DOCUMENTS = 20;
const WORDS = 50;
const CALLERS = 16;
/** Short batches, for the sake of latency. Of 2,000 connections each is idle for minutes where requests are few. */
const SETTINGS = { BATCH_TARGET_MS: '100', KEEP_ALIVE_TIMEOUT: '600' };
/** A short queue: accepted requests are answered soon, and the rest is told when to come back. */
const SHORT_QUEUE = { MAX_QUEUE_SECONDS: '0.08' };

interface Phase {
  readonly outcomes: readonly Sample[];
  readonly residentBytes: number;
  /** Slowest 1 % of the probes, and those that were not 200. */
  readonly probeP99Ms: number;
  readonly badProbes: number;
  readonly lagP99Ms: number;
  readonly perSecond: number;
  /** Of the server's process for an answer of 200, refusals included. */
  readonly processorMs: number;
  /** Part of its core that the load generator took. */
  readonly generatorPart: number;
}

type Capacity = Pick<Phase, 'perSecond' | 'processorMs'>;

/**
 * Open loop at 0.8 and then at 4 times what the server can do, over 2,000 connections. What it can do is measured before and
 * after on a server with a queue that holds all callers, for the machine may change meanwhile.
 */
export async function overload({ scale, engine }: ScenarioOptions): Promise<readonly Check[]> {
  const ms = Math.max(5, PHASE_SECONDS * scale) * 1000;
  const harness = engine === undefined ? {} : { harness: ['--engine', engine] };
  const patient = await startPinned({ env: SETTINGS, ...harness });
  const server = await startPinned({ env: { ...SETTINGS, ...SHORT_QUEUE }, ...harness });
  const client = new LoadClient(server.url, CONNECTIONS);
  const texts = new Texts();
  const bodies = Array.from({ length: BODIES }, () => texts.body(DOCUMENTS, WORDS));
  const body = () => texts.pick(bodies);
  try {
    await client.open();
    await capacity(patient, ms / 3, body); // Warm, as the other one is after a minute.
    const before = await capacity(patient, ms / 3, body);
    const calm = await phase(server, client, { perSecond: 0.8 * before.perSecond, ms, body });
    const storm = await phase(server, client, { perSecond: 4 * before.perSecond, ms, body });
    const after = await capacity(patient, ms / 3, body);
    const best = (before.perSecond + after.perSecond) / 2;
    return verdict({ perSecond: best, processorMs: after.processorMs }, calm, storm);
  } finally {
    client.close();
    await Promise.all([patient.stop(), server.stop()]);
  }
}

/** What it can do, closed loop. */
async function capacity(server: ServerProcess, ms: number, body: () => string): Promise<Capacity> {
  const client = new LoadClient(server.url, CALLERS);
  const beganSeconds = scheduledSecondsOf(server.pid);
  const outcomes = await client.closedLoop({ workers: CALLERS, ms, body });
  client.close();
  const answers = timesOf(outcomes).length;
  return {
    perSecond: answers / (ms / 1000),
    processorMs: (1000 * (scheduledSecondsOf(server.pid) - beganSeconds)) / answers,
  };
}

async function phase(
  server: ServerProcess,
  client: LoadClient,
  load: { readonly perSecond: number; readonly ms: number; readonly body: () => string },
): Promise<Phase> {
  const probes: { ms: number; ok: boolean }[] = [];
  const lags: number[] = [];
  const over = new AbortController();
  const probing = (async () => {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const startedMs = performance.now();
      const scrapes = turn % PROBES_PER_SCRAPE === 0;
      const ok = scrapes ? await noteLag(server, lags) : await server.answers('/health/ready');
      probes.push({ ms: performance.now() - startedMs, ok });
      await sleep(PROBE_EVERY_MS);
    }
  })();
  const began = { seconds: scheduledSecondsOf(server.pid), ms: performance.now(), generator: process.cpuUsage() };
  const outcomes = await client.openLoop(load);
  const bytes = residentBytes(server);
  const processorSeconds = scheduledSecondsOf(server.pid);
  const generator = process.cpuUsage(began.generator);
  const generatorMs = (generator.user + generator.system) / 1000;
  const answers = timesOf(outcomes).length;
  over.abort();
  await probing;
  return {
    outcomes,
    residentBytes: bytes,
    probeP99Ms: percentile(
      probes.map((probe) => probe.ms),
      99,
    ),
    badProbes: probes.filter(({ ok }) => !ok).length,
    lagP99Ms: 1000 * percentile(lags, 99),
    perSecond: answers / (load.ms / 1000),
    processorMs: (1000 * (processorSeconds - began.seconds)) / answers,
    generatorPart: generatorMs / (performance.now() - began.ms),
  };
}

/** One scrape: for the figure in it and as a probe of `/metrics`. */
async function noteLag(server: ServerProcess, lags: number[]): Promise<boolean> {
  try {
    lags.push(await server.metric('nodejs_eventloop_lag_p99_seconds'));
    return true;
  } catch {
    return false;
  }
}

function verdict({ perSecond: best, processorMs }: Capacity, calm: Phase, storm: Phase): Check[] {
  const calmP99 = percentile(timesOf(calm.outcomes), 99);
  const unexpected = othersThan(storm.outcomes, 'ok', '429', '503');
  const refused = othersThan(storm.outcomes, 'ok') - unexpected;
  return [
    measured('best, closed loop', best, `requests/s of ${DOCUMENTS} documents`),
    measured('requests at 4×', storm.outcomes.length, ''),
    measured('of them refused with 429 or 503', refused, ''),
    exactly('answers at 4× that are not 200, 429 or 503', unexpected, 0),
    measured('p99 at 0.8×', calmP99, 'ms'),
    atMost('p99 of the accepted at 4×', percentile(timesOf(storm.outcomes), 99), 3 * calmP99, 'ms'),
    atMost('resident memory after 4×', storm.residentBytes / 2 ** 20, (1.1 * calm.residentBytes) / 2 ** 20, 'MiB'),
    atMost('event-loop lag p99 at 4×', storm.lagP99Ms, 50, 'ms'),
    atLeast('throughput at 4×', storm.perSecond, 0.92 * best, 'requests/s'),
    measured('of the best', storm.perSecond / best, ''),
    measured("processor time of the server's process for an answer, best", processorMs, 'ms'),
    measured('the same at 4×, with its refusals', storm.processorMs, 'ms'),
    measured('load generator at 4×, of its core', storm.generatorPart, ''),
    exactly('probes and /metrics without 200', storm.badProbes, 0),
    atMost('probes and /metrics p99', storm.probeP99Ms, 200, 'ms'),
  ];
}
