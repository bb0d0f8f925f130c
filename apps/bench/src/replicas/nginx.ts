import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts, until } from '#apps/workshop';

const CONFIG = path.join(import.meta.dirname, '../../../../../config/nginx/nginx.conf');
const READY_LIMIT_MS = 5000;
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** What became of the requests, by nginx's own log. */
export interface Shares {
  /** Answers of each replica, in the order of their URLs. */
  readonly answered: readonly number[];
  /** Requests that more than one replica was asked for. */
  readonly retried: number;
}

/** nginx with config/nginx/nginx.conf, on a free port, before replicas of this machine. */
export class Nginx {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly replicas: readonly string[],
    readonly url: string,
  ) {}

  /** @param retries false: a request stays with its replica, as behind a balancer that only forwards. */
  static async start(urls: readonly string[], { retries }: { readonly retries: boolean }): Promise<Nginx> {
    const folder = mkdtempSync(path.join(tmpdir(), 'replicas-'));
    // Started by root, nginx works as nobody.
    chmodSync(folder, 0o755);
    const [port] = (await freePorts(1)) as [number];
    const replicas = urls.map((url) => new URL(url).host);
    writeFileSync(path.join(folder, 'nginx.conf'), configured({ folder, port, replicas, retries }));
    const flags = ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'];
    const child = spawn('nginx', [...flags, '-g', 'daemon off; pid nginx.pid;'], { stdio: 'ignore' });
    const nginx = new Nginx(child, folder, replicas, `http://127.0.0.1:${port}`);
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
    await Promise.race([nginx.ready(), failed]);
    return nginx;
  }

  shares(): Shares {
    const lines = readFileSync(path.join(this.folder, 'access.log'), 'utf8').trim().split('\n');
    const asked = lines
      .filter((line) => !line.includes('GET /health'))
      .map((line) => /"(?<addresses>127[^"]*)"/u.exec(line)?.groups?.['addresses']?.split(', ') ?? []);
    return {
      answered: this.replicas.map((replica) => asked.filter((addresses) => addresses.at(-1) === replica).length),
      retried: asked.filter((addresses) => addresses.length > 1).length,
    };
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true });
  }

  private async ready(): Promise<void> {
    const answers = async () => (await fetch(`${this.url}/health`).catch(() => undefined))?.ok === true;
    const hopeless = () =>
      this.child.exitCode === null ? undefined : readFileSync(path.join(this.folder, 'error.log'), 'utf8');
    await until(answers, { limitMs: READY_LIMIT_MS, hopeless });
  }
}

interface Setting {
  readonly folder: string;
  readonly port: number;
  readonly replicas: readonly string[];
  readonly retries: boolean;
}

/** The file as it is shipped, with the places of this run. */
function configured({ folder, port, replicas, retries }: Setting): string {
  const temporary = TEMPORARY.map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join('');
  const [server = ''] = /^ *server reranker-1:8004.*\n/mu.exec(shipped()) ?? [];
  const text = shipped()
    .replaceAll(/^ *server reranker-[2-9]:8004.*\n/gmu, '')
    .replace(server, () => replicas.map((replica) => server.replace('reranker-1:8004', replica)).join(''))
    .replace('http {\n', (start) => start + temporary)
    .replace('access_log /dev/stdout', `access_log ${folder}/access.log`)
    .replace('listen 8000', `listen 127.0.0.1:${port}`);
  return retries ? text : text.replace(/proxy_next_upstream .*;/u, 'proxy_next_upstream off;');
}

function shipped(): string {
  return readFileSync(CONFIG, 'utf8');
}
