import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_TIMEOUT_MS = 900_000;
const POLL_MS = 200;
const STOP_TIMEOUT_MS = 20_000;
const LOG_TAIL = 1500;

/** Those that were started and not stopped: a run that ends early must not leave models in memory. */
const running = new Set<PeerProcess>();
process.once('exit', () => {
  for (const peer of running) peer.signal('SIGKILL');
});

/** A server and all processes that it starts, as one group that can be held still. */
export class PeerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly logFile: string,
  ) {}

  /**
   * Resolves when the server is ready. Throws with the end of its log when it ends or takes more than a quarter of an hour.
   * @param command Of the free port that it is to listen at.
   * @param logFile What it writes goes there.
   */
  static async start(command: (port: number) => readonly string[], logFile: string): Promise<PeerProcess> {
    const port = await freePort();
    const log = openSync(logFile, 'w');
    // A group of its own, which a signal reaches whole.
    const child = spawn('env', command(port), { stdio: ['ignore', log, log], detached: true });
    const started = new PeerProcess(child, `http://127.0.0.1:${port}`, logFile);
    running.add(started);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await started.isReady())) {
      if (started.hasEnded || Date.now() > deadline) {
        await started.stop();
        throw new Error(`did not become ready: ${started.log.slice(-LOG_TAIL).trim()}`);
      }
      await sleep(POLL_MS);
    }
    return started;
  }

  get log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Its processes stand still: they take no time, and keep their memory. */
  pause(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    const ended = this.hasEnded ? Promise.resolve() : once(this.child, 'exit');
    this.signal('SIGTERM');
    this.signal('SIGCONT');
    const patience = sleep(STOP_TIMEOUT_MS, 'late', { ref: false });
    await Promise.race([ended, patience]);
    // Also what it left behind: workers that outlive their parent would disturb the next peer.
    this.signal('SIGKILL');
    if (!this.hasEnded) await ended;
    running.delete(this);
  }

  /** Bytes of memory that its processes hold, pages that they share counted once. */
  get residentBytes(): number {
    return groupMembers(this.child.pid!).reduce((sum, pid) => sum + proportionalBytes(pid), 0);
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, signal);
    } catch {
      // None of the group is left.
    }
  }

  private async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/health`).catch(() => undefined);
    return answer?.ok === true;
  }
}

function groupMembers(group: number): number[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
  return pids.filter((pid) => groupOf(pid) === group);
}

function groupOf(pid: number): number | undefined {
  try {
    // After the name in brackets, which may hold anything: state, parent, group.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined;
  }
}

function proportionalBytes(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(?<kib>\d+) kB/mu.exec(rollup)?.groups?.['kib'] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
