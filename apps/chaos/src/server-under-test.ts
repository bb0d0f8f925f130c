import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment, loadEnvironment } from '#libs/config';

const SERVER = fileURLToPath(new URL('../../server/src/main.js', import.meta.url));
const HARNESS = fileURLToPath(new URL('./harness-server.js', import.meta.url));
const LISTENING = /Server listening at (?<url>http:\/\/127\.0\.0\.1:\d+)/u;
/** Characters: a soak must not keep its whole log in memory. */
const KEPT_OUTPUT = 100_000;
const START_LIMIT_MS = 180_000;
const TASKSET = '/usr/bin/taskset';
const PAGE_BYTES = 4096;

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of harness-server.ts; absent: the server as it is shipped. */
  readonly harness?: readonly string[];
  /** Where the log goes; a descriptor cannot be read here, so that the port has to be given in `env`. */
  readonly stdout?: 'pipe' | number;
  /** Not on the second core alone: where little of the first one is needed to make the load. */
  readonly allCores?: boolean;
}

/** The compiled server on 127.0.0.1 and a free port, with its engine, on the second core where `taskset` is there and nothing else is asked. */
export class ServerUnderTest {
  private output = '';
  private place = '';

  private constructor(readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (chunk) => (this.output = (this.output + String(chunk)).slice(-KEPT_OUTPUT)));
    }
  }

  static async start({
    env = {},
    harness,
    stdout = 'pipe',
    allCores = false,
  }: StartOptions = {}): Promise<ServerUnderTest> {
    const { config } = await loadEnvironment();
    const script = harness === undefined ? [SERVER] : [HARNESS, ...harness];
    const [command, ...args] = [
      ...pinning(allCores ? `0-${cpus().length - 1}` : '1'),
      process.execPath,
      '--enable-source-maps',
      ...script,
    ];
    const settings = { HOST: '127.0.0.1', PORT: '0', TORCH_THREADS: '1', LOG_LEVEL: 'info' };
    const child = spawn(command!, args, {
      env: { ...inheritedEnvironment(config.device), BACKEND: config.device.BACKEND, ...settings, ...env },
      stdio: ['ignore', stdout, 'pipe'],
    });
    const server = new ServerUnderTest(child);
    const port = env['PORT'];
    if (port === undefined) {
      await server.until(() => LISTENING.test(server.output));
      server.place = LISTENING.exec(server.output)!.groups!['url']!;
    } else server.place = `http://127.0.0.1:${port}`;
    await server.until(() => server.answers('/health'));
    return server;
  }

  get url(): string {
    return this.place;
  }

  get enginePid(): number {
    const { pid } = this.process;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  }

  /** Of server and engine together. */
  get residentBytes(): number {
    return [this.process.pid!, this.enginePid].reduce((sum, pid) => sum + residentBytesOf(pid), 0);
  }

  /** Of the server's process alone. */
  get serverBytes(): number {
    return residentBytesOf(this.process.pid!);
  }

  /** The most that the server's process had since `forgetPeak`. */
  get peakServerBytes(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return 1024 * Number(/^VmHWM:\s+(?<kib>\d+) kB$/mu.exec(status)!.groups!['kib']);
  }

  /** Of the threads of the server's process alone, by the scheduler: what ticks count is off where work comes by a timer. */
  get processorSeconds(): number {
    const tasks = `/proc/${this.process.pid}/task`;
    const nanoseconds = readdirSync(tasks).map((task) =>
      Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
  }

  forgetPeak(): void {
    writeFileSync(`/proc/${this.process.pid}/clear_refs`, '5');
  }

  get openHandles(): number {
    return [this.process.pid!, this.enginePid].reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
  }

  async answers(route: string): Promise<boolean> {
    try {
      const response = await fetch(this.place + route);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.place}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    if (line === undefined) throw new Error(`no metric ${name}`);
    return Number(line.split(' ')[1]);
  }

  async until(condition: () => boolean | Promise<boolean>, pollMs = 20): Promise<number> {
    const startedMs = performance.now();
    while (!(await condition())) {
      if (this.process.exitCode !== null) throw new Error(`the server ended: ${this.output.slice(-2000)}`);
      if (performance.now() - startedMs > START_LIMIT_MS) throw new Error(`not within ${START_LIMIT_MS} ms`);
      await sleep(pollMs);
    }
    return performance.now() - startedMs;
  }

  /** Resolves with the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.process.kill(signal);
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

/** Puts this process, which makes the load, on the first core. */
export function pinSelf(): void {
  if (existsSync(TASKSET)) execFileSync(TASKSET, ['-a', '-cp', '0', String(process.pid)]);
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

function residentBytesOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
}

function pinning(core: string): readonly string[] {
  return existsSync(TASKSET) ? [TASKSET, '-c', core] : [];
}
