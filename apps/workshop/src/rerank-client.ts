import { Agent, request } from 'node:http';

const TIMEOUT_MS = 600_000;

/** Where requests go. */
export interface Place {
  readonly url: string;
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

interface ClientOptions {
  /** At once; absent: any number, as open load may need it. A bound there would delay requests and hide it. */
  readonly connections?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts JSON over kept connections. node:http, because a generator must cost less than what it measures. */
export class RerankClient {
  private readonly agent: Agent;
  private readonly headers: Readonly<Record<string, string>>;

  constructor({ connections = Infinity, headers = {} }: ClientOptions = {}) {
    // First in, first out: every connection is used in its turn.
    this.agent = new Agent({
      keepAlive: true,
      scheduling: 'fifo',
      maxSockets: connections,
      maxFreeSockets: connections,
    });
    this.headers = { 'content-type': 'application/json', ...headers };
  }

  /** Rejects when there is no answer at all. */
  post(place: Place, body: string): Promise<Answer> {
    return this.ask(place, 'POST', body);
  }

  /** What a load runner counts: `ok`, or the status. Rejects when there is no answer at all. */
  async outcome(place: Place, body: string): Promise<string> {
    const { status } = await this.post(place, body);
    return status === 200 ? 'ok' : String(status);
  }

  ask({ url, path }: Place, method: 'GET' | 'POST', body = ''): Promise<Answer> {
    const headers = { ...this.headers, 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const outgoing = request(url + path, { method, agent: this.agent, headers, timeout: TIMEOUT_MS });
      outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
