import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type Sample, type ServerProcess } from '#apps/workshop';
import { LoadClient, othersThan } from './http-load.js';
import { startPinned } from './server-under-test.js';
import { atMost, exactly, measured, type Check, type ScenarioOptions } from './scenario.js';
import { Texts } from './texts.js';

const KILLS = 20;
const STOPS = 5;
const ORPHAN_LIMIT_MS = 2000;

interface Recovery {
  readonly notReadyMs: number;
  readonly readyMs: number;
  readonly answer: Sample | undefined;
  /** Probes of /health/live that were not answered meanwhile. */
  readonly deadProbes: number;
}

/** SIGKILL of the engine in a batch, then of the server. */
export async function kill({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const server = await startPinned({ env: { REQUEST_TIMEOUT: '120' } });
  const recoveries = await faults(server, 'SIGKILL', { count: Math.max(2, Math.round(KILLS * scale)), busy: true });
  const checks = report('SIGKILL in a batch', recoveries);
  const engine = server.enginePid;
  const killedMs = performance.now();
  await server.stop('SIGKILL');
  while (isAlive(engine) && performance.now() - killedMs < 10 * ORPHAN_LIMIT_MS) await sleep(10);
  const leftMs = performance.now() - killedMs;
  return [...checks, atMost('SIGKILL of the server: engine gone after', leftMs, ORPHAN_LIMIT_MS, 'ms')];
}

/** SIGSTOP of the engine, in a batch and idle. */
export async function stop({ scale }: ScenarioOptions): Promise<readonly Check[]> {
  const server = await startPinned();
  const count = Math.max(1, Math.round(STOPS * scale));
  const busy = await faults(server, 'SIGSTOP', { count, busy: true });
  const idle = await faults(server, 'SIGSTOP', { count, busy: false });
  await server.stop();
  return [...report('SIGSTOP in a batch', busy), ...report('SIGSTOP idle', idle)];
}

async function faults(
  server: ServerProcess,
  signal: NodeJS.Signals,
  { count, busy }: { readonly count: number; readonly busy: boolean },
): Promise<Recovery[]> {
  const client = new LoadClient(server.url, 4);
  const texts = new Texts();
  const recoveries: Recovery[] = [];
  for (let fault = 0; fault < count; fault += 1) {
    const answer = busy ? client.post(texts.body(1000, 60)) : undefined;
    // As many as a request may have: some still wait when it is looked at, however fast the engine is.
    if (busy) await server.until(async () => (await server.metric('rerank_queued_tokens')) > 0, 5);
    recoveries.push(await recover(server, signal, answer));
  }
  client.close();
  return recoveries;
}

async function recover(
  server: ServerProcess,
  signal: NodeJS.Signals,
  answer: Promise<Sample> | undefined,
): Promise<Recovery> {
  let deadProbes = 0;
  const probe = async () => {
    if (!(await server.answers('/health/live'))) deadProbes += 1;
  };
  process.kill(server.enginePid, signal);
  const notReadyMs = await server.until(async () => {
    await probe();
    return !(await server.answers('/health/ready'));
  });
  const readyMs = await server.until(async () => {
    await probe();
    return server.answers('/health/ready');
  });
  return { notReadyMs, readyMs, answer: await answer, deadProbes };
}

function report(what: string, recoveries: readonly Recovery[]): Check[] {
  const answers = recoveries.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  const lost = othersThan(answers, 'ok');
  const dead = recoveries.reduce((sum, { deadProbes }) => sum + deadProbes, 0);
  return [
    measured(`${what}: times`, recoveries.length, ''),
    exactly(`${what}: liveness probes without an answer`, dead, 0),
    ...(answers.length > 0 ? [exactly(`${what}: accepted requests lost (of ${answers.length})`, lost, 0)] : []),
    atMost(`${what}: not ready after (slowest)`, Math.max(...recoveries.map((each) => each.notReadyMs)), 1000, 'ms'),
    measured(`${what}: ready again after (slowest)`, Math.max(...recoveries.map((each) => each.readyMs)), 'ms'),
  ];
}
