import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, residentBytesOfGroup, until } from '#apps/workshop';

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
    const [port] = (await freePorts(1)) as [number];
    const log = openSync(logFile, 'w');
    // A group of its own, which a signal reaches whole.
    const child = spawn('env', command(port), { stdio: ['ignore', log, log], detached: true });
    const started = new PeerProcess(child, `http://127.0.0.1:${port}`, logFile);
    running.add(started);
    const hopeless = () => (started.hasEnded ? 'it ended' : undefined);
    try {
      await until(() => started.isReady(), { limitMs: READY_TIMEOUT_MS, pollMs: POLL_MS, hopeless });
      return started;
    } catch (error) {
      await started.stop();
      throw new Error(`did not become ready: ${started.log.slice(-LOG_TAIL).trim()}`, { cause: error });
    }
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
    return residentBytesOfGroup(this.child.pid!);
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
