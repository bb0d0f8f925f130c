import { setTimeout as sleep } from 'node:timers/promises';
import { forgetPeakOf, isAlive, peakBytesOf, residentBytesOf, type ServerProcess } from '#apps/workshop';
import { startPinned } from '../server-under-test.js';
import { atMost, measured, type Check, type ScenarioOptions } from '../scenario.js';
import { ATTACKS, bodyOf, type Attack } from './attacks.js';
import { LivenessWatch } from './liveness-watch.js';
import { holdOpen, sendRaw } from './raw-request.js';

const KEY = 'hostile-key';
const HEAP_MB = 512;
/** What the server takes by itself with this heap. */
const INFLIGHT_MIB = 64;
const AT_ONCE = [1, 32];
const SILENCE_MS = 250;
const LEGAL_SILENCE_MS = 100;
/** Of what is in memory while nothing is kept, between two collections of garbage. */
const NOTHING_KEPT_MIB = 64;
const BODIES_IN_MEMORY = 5;
/** As the images set it. */
const MMAP_THRESHOLD_BYTES = 1_048_576;
const HELD = 500;
/** Together more than there is room for. */
const HELD_BYTES = 200_000;
/** Long enough for them to stand still, and not to be given up as too slow. */
const HELD_MS = 2000;
const ANSWER_MS = 1000;
const SETTLE_MS = 300;
const MEBIBYTE = 2 ** 20;

interface Watched {
  readonly server: ServerProcess;
  readonly liveness: LivenessWatch;
  readonly idleMib: number;
  readonly mostMib: number;
}

/**
 * Requests of strangers and of clients with a key, large, wrong, slow and broken off, one and 32 at once, against a server with
 * a heap of 512 MB whose engine answers at once. Each time: statuses, the longest silence of /health/live, resident memory.
 */
export async function hostile({ scale, only = '' }: ScenarioOptions): Promise<readonly Check[]> {
  const server = await startPinned({
    harness: ['--engine', 'instant'],
    env: {
      API_KEY: KEY,
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
      MAX_INFLIGHT_BYTES: String(INFLIGHT_MIB * MEBIBYTE),
      MALLOC_MMAP_THRESHOLD_: String(MMAP_THRESHOLD_BYTES),
    },
    // The load is in the network; on one core with its tokenizer the server would wait for itself.
    allCores: true,
  });
  const liveness = new LivenessWatch(server.url);
  try {
    await sendRaw(server.url, { name: 'warm', path: '/rerank', body: bodyOf(1_000_000) }, KEY);
    const idleMib = residentBytesOf(server.pid) / MEBIBYTE;
    const watched = { server, liveness, idleMib, mostMib: BODIES_IN_MEMORY * INFLIGHT_MIB };
    const { pid } = server;
    const engine = server.enginePid;
    const checks = [measured(`idle, with a heap of ${HEAP_MB} MB and ${INFLIGHT_MIB} MiB for bodies`, idleMib, 'MiB')];
    for (const make of ATTACKS.slice(0, Math.max(1, Math.round(ATTACKS.length * scale)))) {
      const attack = make();
      if (!attack.name.includes(only)) continue;
      for (const key of [undefined, KEY]) {
        for (const times of AT_ONCE) checks.push(await attacked(watched, attack, { key, times }));
      }
    }
    if ('unfinished bodies'.includes(only)) checks.push(...(await held(watched)));
    const alive = [pid, engine].filter((one) => isAlive(one)).length;
    return [...checks, { name: 'server and engine alive', figure: `${alive} of 2`, bar: '2', ok: alive === 2 }];
  } finally {
    liveness.close();
    await server.stop();
  }
}

async function attacked(
  { server, liveness, idleMib, mostMib }: Watched,
  attack: Attack,
  { key, times }: { readonly key: string | undefined; readonly times: number },
): Promise<Check> {
  await sleep(SETTLE_MS);
  forgetPeakOf(server.pid);
  const beforeMib = residentBytesOf(server.pid) / MEBIBYTE;
  await liveness.longestMs();
  const sent = await Promise.all(Array.from({ length: times }, () => sendRaw(server.url, attack, key)));
  const silentMs = await liveness.longestMs();
  const peakMib = peakBytesOf(server.pid) / MEBIBYTE;
  const silenceBar = attack.isLegal && key !== undefined ? LEGAL_SILENCE_MS : SILENCE_MS;
  const bar = key === undefined ? beforeMib + NOTHING_KEPT_MIB : idleMib + mostMib;
  const statuses = countsOf(sent.map(({ status }) => status));
  const expected = sent.every(({ status }) => status === 'aborted' || isExpected(status));
  const check = {
    name: `${attack.name}, ${key === undefined ? 'no key' : 'key'}, ${times} at once`,
    figure: `${statuses}; silent ${Math.round(silentMs)} ms; ${Math.round(peakMib)} MiB`,
    bar: `2xx, 4xx, 503; ${silenceBar} ms; ${Math.round(bar)} MiB`,
    ok: expected && silentMs <= silenceBar && peakMib <= bar,
  };
  return check;
}

/** Requests of a client with a key while 500 connections each hold a body that does not end. */
async function held({ server, liveness, idleMib, mostMib }: Watched): Promise<Check[]> {
  forgetPeakOf(server.pid);
  await liveness.longestMs();
  const attack = { name: 'held', path: '/rerank', body: bodyOf(29_000_000) };
  const sockets = Array.from({ length: HELD }, () => holdOpen(server.url, attack, { key: KEY, bytes: HELD_BYTES }));
  // While they come, and when they stand still.
  const burst = await beside(server, liveness, { bytes: 10_000, when: 'while they come' });
  const checks: Check[] = [{ ...burst, bar: 'none', ok: true }];
  await sleep(HELD_MS);
  checks.push(atMost(`${HELD} unfinished bodies: silence`, await liveness.longestMs(), SILENCE_MS, 'ms'));
  for (const bytes of [10_000, 5_000_000]) {
    checks.push(await beside(server, liveness, { bytes, when: 'when they stand still' }));
  }
  checks.push(
    atMost(`${HELD} unfinished bodies: resident`, peakBytesOf(server.pid) / MEBIBYTE, idleMib + mostMib, 'MiB'),
  );
  for (const socket of sockets) socket.destroy();
  return checks;
}

async function beside(
  server: ServerProcess,
  liveness: LivenessWatch,
  { bytes, when }: { readonly bytes: number; readonly when: string },
): Promise<Check> {
  const { status, ms } = await sendRaw(server.url, { name: 'beside', path: '/rerank', body: bodyOf(bytes) }, KEY);
  const silentMs = await liveness.longestMs();
  return {
    name: `${HELD} unfinished bodies, ${when}: a request of ${bytes / 1000} kB`,
    figure: `${status}, ${Math.round(ms)} ms; silent ${Math.round(silentMs)} ms`,
    bar: `200, ${ANSWER_MS} ms; ${SILENCE_MS} ms`,
    ok: status === 200 && ms <= ANSWER_MS && silentMs <= SILENCE_MS,
  };
}

function isExpected(status: number | string): boolean {
  return typeof status === 'number' && ((status >= 200 && status < 500) || status === 503);
}

function countsOf(statuses: readonly (number | string)[]): string {
  const counts = new Map<number | string, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} × ${status}`).join(', ');
}
