import { Agent, request } from 'node:http';
import type { Target } from './targets.js';

const TIMEOUT_MS = 600_000;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Posts JSON over kept connections. node:http, because a generator must cost less than what it measures. */
export class RerankClient {
  // Open load may need any number of connections; a bound here would delay requests and hide it.
  private readonly agent = new Agent({ keepAlive: true, maxSockets: Infinity });

  constructor(private readonly apiKey?: string) {}

  /** Rejects when there is no answer at all. */
  post({ url, path }: Pick<Target, 'url' | 'path'>, body: string): Promise<Answer> {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(this.apiKey !== undefined && { authorization: `Bearer ${this.apiKey}` }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(url + path, { method: 'POST', agent: this.agent, headers, timeout: TIMEOUT_MS });
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
