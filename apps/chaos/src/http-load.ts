import { closedLoop, openLoop, RerankClient, timed, type Sample } from '#apps/workshop';

/** Callers of one server over a limited number of kept connections. */
export class LoadClient {
  private readonly client: RerankClient;

  constructor(
    private readonly url: string,
    private readonly connections: number,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.client = new RerankClient({ connections, headers });
  }

  /** Opens all connections. */
  async open(): Promise<void> {
    const probe = () => this.client.ask({ url: this.url, path: '/health/live' }, 'GET');
    const answers = await Promise.all(Array.from({ length: this.connections }, probe));
    const failed = answers.filter(({ status }) => status !== 200);
    if (failed.length > 0) throw new Error(`${failed.length} connections: ${failed[0]!.status}`);
  }

  post(body: string): Promise<Sample> {
    return timed(() => this.client.outcome({ url: this.url, path: '/rerank' }, body));
  }

  /** As many as `workers` at work at once, each sending its next request when the last one was answered. */
  async closedLoop({ workers, ms, body }: ClosedLoad): Promise<readonly Sample[]> {
    return (await closedLoop(this.sender(body), { concurrency: workers, seconds: ms / 1000 })).samples;
  }

  /** Sends at a rate, whether answers come or not; resolves when every answer is there. */
  async openLoop({ perSecond, ms, body }: OpenLoad): Promise<readonly Sample[]> {
    const schedule = Array.from({ length: (perSecond * ms) / 1000 }, (_, sent) => (1000 * sent) / perSecond);
    return (await openLoop(this.sender(body), schedule)).samples;
  }

  close(): void {
    this.client.close();
  }

  private sender(body: () => string): () => Promise<string> {
    return () => this.client.outcome({ url: this.url, path: '/rerank' }, body());
  }
}

export interface ClosedLoad {
  readonly workers: number;
  readonly ms: number;
  readonly body: () => string;
}

export interface OpenLoad {
  readonly perSecond: number;
  readonly ms: number;
  readonly body: () => string;
}

/** Milliseconds of those that were answered 200, from when they were sent. */
export function timesOf(samples: readonly Sample[]): readonly number[] {
  return samples.filter(({ outcome }) => outcome === 'ok').map(({ startedMs, endedMs }) => endedMs - startedMs);
}

/** How many of them ended otherwise than these. */
export function othersThan(samples: readonly Sample[], ...outcomes: readonly string[]): number {
  return samples.filter(({ outcome }) => !outcomes.includes(outcome)).length;
}
