import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = path.join(import.meta.dirname, '../..');
const MAIN = path.join(ROOT, 'dist/apps/server/src/main.js');
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Made-up weights rank nothing, and tests count what is computed. */
const OFF = { MODEL_CHECK: 'off' };

/** The compiled server in a process of its own, as a user runs it. */
export class TestServer {
  private output = '';

  private constructor(
    readonly process: ChildProcess,
    private port: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything the server wrote, standard error included. */
  get log(): string {
    return this.output;
  }

  /** Starts on a free port and waits for readiness; with `ready: false` only until it listens. */
  static async start(env: Readonly<Record<string, string>> = {}, { ready = true } = {}): Promise<TestServer> {
    const server = TestServer.spawn(env);
    await server.until(() => /Server listening at http:\/\/127\.0\.0\.1:(?<port>\d+)/u.test(server.output));
    server.port = Number(
      /Server listening at http:\/\/127\.0\.0\.1:(?<port>\d+)/u.exec(server.output)!.groups!['port'],
    );
    if (ready) await server.until(async () => (await fetch(`${server.url}/health`)).ok);
    return server;
  }

  /** Starts without waiting, for a server that is expected to refuse. */
  static spawn(env: Readonly<Record<string, string>> = {}): TestServer {
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        HOST: '127.0.0.1',
        PORT: '0',
        DTYPE: 'f32',
        ...OFF,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new TestServer(child, 0);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (server.output += String(chunk)));
    return server;
  }

  /** The process of the engine, or of the first one. */
  get enginePid(): number {
    return this.enginePids[0]!;
  }

  /** Linux only, and there without a tool to install. */
  get enginePids(): readonly number[] {
    const { pid } = this.process;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  }

  post(route: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.url}${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** The score of each document, in the order given. */
  async scores(query: string, documents: readonly string[]): Promise<readonly number[]> {
    const response = await this.post('/rerank', { query, documents });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    const { results } = (await response.json()) as { results: { index: number; relevance_score: number }[] };
    return results.toSorted((a, b) => a.index - b.index).map((result) => result.relevance_score);
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    if (line === undefined) throw new Error(`no metric ${name}`);
    return Number(line.split(' ')[1]);
  }

  /** Resolves with the exit code; null when a signal ended the process. */
  async exit(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.process.kill(signal);
    return this.exit();
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await condition())) {
      if (this.process.exitCode !== null) throw new Error(`the server ended: ${this.output}`);
      if (Date.now() > deadline) throw new Error(`not within ${READY_TIMEOUT_MS} ms: ${this.output}`);
      await sleep(POLL_MS);
    }
  }
}
