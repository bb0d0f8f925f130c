import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '#apps/workshop';
import { LoadClient, othersThan } from './http-load.js';
import { startPinned } from './server-under-test.js';
import { atMost, exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

/** On Linux, a disk that is always full. */
const FULL_DISK = '/dev/full';
const SECONDS = 10;
const END_MS = 5000;
const WORKERS = 8;

/** Where the log goes, and what happens to it once the server is ready. */
interface Destination {
  readonly name: string;
  readonly stdout: 'pipe' | number;
  readonly broken?: (child: ChildProcess) => void;
}

/** A log that cannot be written stops nothing: requests are answered, and SIGTERM ends the server in its time. */
export async function logs({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const ms = Math.max(1, SECONDS * scale) * 1000;
  const full = openSync(FULL_DISK, 'w');
  const destinations: readonly Destination[] = [
    { name: 'full disk', stdout: full },
    { name: 'closed pipe', stdout: 'pipe', broken: ({ stdout }) => void stdout!.destroy() },
    { name: 'stalled reader', stdout: 'pipe', broken: ({ stdout }) => void stdout!.pause() },
  ];
  const checks: Check[] = [];
  for (const destination of destinations) checks.push(...(await withLogTo(destination, ms)));
  closeSync(full);
  return checks;
}

async function withLogTo({ name, stdout, broken }: Destination, ms: number): Promise<Check[]> {
  // Nothing tells which port was taken where the log cannot be read.
  const [port] = await freePorts(1);
  const server = await startPinned({ stdout, env: { PORT: String(port) } });
  broken?.(server.process);
  const client = new LoadClient(server.url, WORKERS);
  const texts = new Texts();
  const outcomes = await client.closedLoop({ workers: WORKERS, ms, body: () => texts.body(2, 5) });
  client.close();
  const dropped = await server.metric('rerank_log_lines_dropped_total');
  const startedMs = performance.now();
  const exit = await Promise.race([server.stop(), sleep(4 * END_MS, 'still there')]);
  const endMs = performance.now() - startedMs;
  if (exit === 'still there') server.process.kill('SIGKILL');
  const other = othersThan(outcomes, 'ok');
  return [
    exactly(`${name}: of ${outcomes.length} answers, other than 200`, other, 0),
    measured(`${name}: log lines dropped`, dropped, ''),
    exactly(`${name}: exit code after SIGTERM`, String(exit), '0'),
    atMost(`${name}: from SIGTERM to the end`, endMs, END_MS, 'ms'),
  ];
}
