import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = path.join(import.meta.dirname, '../../server/src/main.js');
const READY_TIMEOUT_MS = 300_000;
const POLL_MS = 100;

/** The compiled server on a free port of this machine. It inherits the environment, so `BACKEND=tfjs` and the like work. */
export class ServerProcess {
  private log = '';
  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.log += String(chunk)));
  }

  /**
   * Resolves when the server is ready. Throws with what it wrote when it ends or takes more than five minutes.
   * @param settings Further variables, as NAME=value.
   */
  static async start(modelName: string, settings: readonly string[] = []): Promise<ServerProcess> {
    // `env` sets variables without this file reading any: reading them is the configuration library's business.
    const variables = [`MODEL_NAME=${modelName}`, 'HOST=127.0.0.1', 'PORT=0', ...settings];
    const child = spawn('env', [...variables, process.execPath, MAIN], { stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new ServerProcess(child);
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await server.isReady())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await server.stop();
        throw new Error(`the server did not become ready: ${server.log}`);
      }
      await sleep(POLL_MS);
    }
    return server;
  }

  get url(): string | undefined {
    return /Server listening at (?<url>http:\/\/127\.0\.0\.1:\d+)/u.exec(this.log)?.groups?.['url'];
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Of its first engine; throws while there is none. */
  get enginePid(): number {
    const [engine] = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').split(' ');
    if (engine === undefined || engine === '') throw new Error('the server has no engine process');
    return Number(engine);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }

  private async isReady(): Promise<boolean> {
    if (this.url === undefined) return false;
    // Refused: it ended, and then says why in its log.
    const answer = await fetch(`${this.url}/health`).catch(() => undefined);
    return answer?.ok === true;
  }
}
