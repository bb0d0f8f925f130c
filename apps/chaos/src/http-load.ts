import { Agent, request } from 'node:http';

export interface Outcome {
  /** 0: no answer came. */
  readonly status: number;
  readonly ms: number;
  /** The code of the error, when no answer came. */
  readonly error?: string;
}

/** Sends bodies over a limited number of kept connections. */
export class LoadClient {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    connections: number,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    // First in, first out: every connection is used in its turn.
    const limits = { maxSockets: connections, maxFreeSockets: connections };
    this.agent = new Agent({ keepAlive: true, scheduling: 'fifo', ...limits });
  }

  /** Opens all connections. */
  async open(): Promise<void> {
    const probes = Array.from({ length: this.agent.maxSockets }, () => this.send('/health/live', 'GET'));
    const failed = (await Promise.all(probes)).filter(({ status }) => status !== 200);
    if (failed.length > 0) throw new Error(`${failed.length} connections: ${failed[0]!.status} ${failed[0]!.error}`);
  }

  post(body: string): Promise<Outcome> {
    return this.send('/rerank', 'POST', body);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(path: string, method: 'GET' | 'POST', body?: string): Promise<Outcome> {
    const startedMs = performance.now();
    return new Promise((resolve) => {
      const finish = (status: number, error?: string) =>
        resolve({ status, ms: performance.now() - startedMs, ...(error !== undefined && { error }) });
      const sent = request(
        this.url + path,
        { method, agent: this.agent, headers: { 'content-type': 'application/json', ...this.headers } },
        (response) => {
          response.resume();
          response.once('end', () => finish(response.statusCode!));
          response.once('error', () => finish(0, 'response cut'));
        },
      );
      sent.once('error', (error: NodeJS.ErrnoException) => finish(0, error.code ?? error.message));
      sent.end(body);
    });
  }
}

/** As many as `workers` at work at once, each sending its next request when the last one was answered. */
export async function closedLoop(
  client: LoadClient,
  { workers, ms, body }: { readonly workers: number; readonly ms: number; readonly body: () => string },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const endMs = performance.now() + ms;
  const work = async () => {
    while (performance.now() < endMs) outcomes.push(await client.post(body()));
  };
  await Promise.all(Array.from({ length: workers }, work));
  return outcomes;
}

/** Sends at a rate, whether answers come or not; resolves when every answer is there. */
export async function openLoop(
  client: LoadClient,
  { perSecond, ms, body }: { readonly perSecond: number; readonly ms: number; readonly body: () => string },
): Promise<Outcome[]> {
  const startedMs = performance.now();
  const sent: Promise<Outcome>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const passedMs = performance.now() - startedMs;
      const due = Math.floor((Math.min(passedMs, ms) * perSecond) / 1000);
      while (sent.length < due) sent.push(client.post(body()));
      if (passedMs < ms) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  return Promise.all(sent);
}

/** Of unsorted values; `part` 0.95 is the 95th percentile. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function timesOf(outcomes: readonly Outcome[]): readonly number[] {
  return outcomes.filter(({ status }) => status === 200).map(({ ms }) => ms);
}
