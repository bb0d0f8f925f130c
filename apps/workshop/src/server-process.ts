import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { metricSamples, sampleOf } from './metric-samples.js';
import { childrenOf } from './process-facts.js';
import { until } from './until.js';

const MAIN = path.join(import.meta.dirname, '../../server/src/main.js');
const LISTENING = /Server listening at (?<url>http:\/\/127\.0\.0\.1:\d+)/u;
/** Characters: a long run must not keep its whole log in memory. */
const KEPT_OUTPUT = 2_000_000;
const SHOWN_OUTPUT = 20_000;

export type Variables = Readonly<Record<string, string>>;

export interface ServerOptions {
  readonly env?: Variables;
  /** What it inherits of this process' environment; absent: all of it, so that `BACKEND=tfjs` and the like work. */
  readonly inherited?: Variables;
  /** Put in front of the command, such as `taskset`. */
  readonly wrapper?: readonly string[];
  /** A script with its arguments in the place of the server as it is shipped. */
  readonly script?: readonly string[];
  /** Where the log goes; a descriptor cannot be read here, so that PORT has to be given in `env`. */
  readonly stdout?: 'pipe' | number;
  /** For `start` and for each `until`. */
  readonly limitMs?: number;
}

/** The compiled server in a process of its own, as a user runs it, on a free port of 127.0.0.1. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private output = '';
  private address = '';

  constructor(private readonly options: ServerOptions = {}) {}

  /** Starts without waiting, for a server that is expected to refuse. */
  spawn(): this {
    const { env = {}, inherited, wrapper = [], script = [MAIN], stdout = 'pipe' } = this.options;
    // `env` sets variables without this file reading any: reading them is the configuration library's business.
    const variables = Object.entries({ HOST: '127.0.0.1', PORT: '0', ...env }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const child = spawn('env', [...variables, ...wrapper, process.execPath, '--enable-source-maps', ...script], {
      ...(inherited !== undefined && { env: inherited }),
      stdio: ['ignore', stdout, 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => (this.output = (this.output + String(chunk)).slice(-KEPT_OUTPUT)));
    }
    this.child = child;
    return this;
  }

  /**
   * Resolves when it is ready, or when it listens with `ready: false`. Throws with what it wrote when it ends before, or is not there in
   * time; nothing of it is left then.
   */
  async start({ ready = true } = {}): Promise<this> {
    this.spawn();
    try {
      await this.untilThere(ready);
    } catch (error) {
      await this.stop('SIGKILL');
      throw error;
    }
    return this;
  }

  private async untilThere(ready: boolean): Promise<void> {
    const port = this.options.env?.['PORT'] ?? '0';
    if (port === '0') await this.until(() => LISTENING.test(this.output));
    this.address = port === '0' ? LISTENING.exec(this.output)!.groups!['url']! : `http://127.0.0.1:${port}`;
    if (ready) await this.until(() => this.answers('/health'));
  }

  get process(): ChildProcess {
    return this.child!;
  }

  get pid(): number {
    return this.process.pid!;
  }

  get url(): string {
    return this.address;
  }

  /** What the server wrote, standard error included. */
  get log(): string {
    return this.output;
  }

  /** Processes of its engines; Linux only. */
  get enginePids(): readonly number[] {
    return childrenOf(this.pid);
  }

  /** Of its first engine; throws while there is none. */
  get enginePid(): number {
    const [first] = this.enginePids;
    if (first === undefined) throw new Error('the server has no engine process');
    return first;
  }

  post(route: string, body: unknown, headers: Variables = {}): Promise<Response> {
    return fetch(this.url + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async answers(route: string): Promise<boolean> {
    try {
      const response = await fetch(this.url + route);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** The value of a series, labels included where it has some. */
  async metric(name: string): Promise<number> {
    return sampleOf(metricSamples(await (await fetch(`${this.url}/metrics`)).text()), name);
  }

  /** Resolves with the milliseconds that it took. */
  until(condition: () => boolean | Promise<boolean>, pollMs = 20): Promise<number> {
    const hopeless = () => (this.hasEnded ? 'the server ended' : undefined);
    const details = () => `\n${this.output.slice(-SHOWN_OUTPUT)}`;
    return until(condition, { limitMs: this.options.limitMs ?? 300_000, pollMs, hopeless, details });
  }

  /** Resolves with the exit code; null when a signal ended the process. */
  async exit(): Promise<number | null> {
    if (!this.hasEnded) await once(this.process, 'exit');
    return this.process.exitCode;
  }

  /** As `exit`; null also of a server that was not started. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child === undefined) return null;
    this.child.kill(signal);
    return this.exit();
  }

  private get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }
}

/** A server of this model with these variables beside those of the environment. */
export function startServer(model: string, env: Variables = {}): Promise<ServerProcess> {
  return new ServerProcess({ env: { MODEL_NAME: model, ...env } }).start();
}

/** Hands over the address of a server: the one given, or of one of this model that is started for the time of the work. */
export async function withServer<Result>(
  { url, model, env }: { readonly url?: string | undefined; readonly model: string; readonly env?: Variables },
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  if (url !== undefined) return work(url);
  const server = await startServer(model, env);
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}
