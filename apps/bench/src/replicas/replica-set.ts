import { setTimeout as sleep } from 'node:timers/promises';
import { closedLoop, figuresOf, RerankClient, startServer, type LoadFigures, type ServerProcess } from '#apps/workshop';
import { RequestMaker, type TextWorkload } from '../load/request-maker.js';
import { openTarget } from '../load/targets.js';
import { Nginx, type Shares } from './nginx.js';

export interface ReplicaSetOptions {
  readonly model: string;
  readonly replicas: number;
  readonly threads: number;
  readonly retries: boolean;
}

export interface ReplicaLoad {
  readonly workload: TextWorkload;
  readonly callers: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface ReplicaRun {
  readonly figures: LoadFigures;
  readonly shares: Shares;
}

/** Seconds that a drained replica still serves: until a balancer has noticed. */
const DRAIN_DELAY = 1;

/** Servers of this machine with nginx before them. */
export class ReplicaSet {
  private constructor(
    private readonly servers: readonly ServerProcess[],
    private readonly nginx: Nginx,
    private readonly model: string,
  ) {}

  static async start({ model, replicas, threads, retries }: ReplicaSetOptions): Promise<ReplicaSet> {
    const servers: ServerProcess[] = [];
    const settings = { TORCH_THREADS: String(threads), DRAIN_DELAY: String(DRAIN_DELAY) };
    try {
      while (servers.length < replicas) servers.push(await startServer(model, settings));
      const urls = servers.map(({ url }) => url);
      return new ReplicaSet(servers, await Nginx.start(urls, { retries }), model);
    } catch (error) {
      await Promise.all(servers.map((server) => server.stop()));
      throw error;
    }
  }

  /** Closed loop through nginx; after a third of the time `event` happens to the first replica. */
  async run(load: ReplicaLoad, event?: (replica: ServerProcess) => Promise<unknown>): Promise<ReplicaRun> {
    const { workload, callers, seconds, seed } = load;
    const target = openTarget('qwen3', this.nginx.url, this.model);
    const client = new RerankClient();
    const maker = new RequestMaker(workload, seed);
    const send = () => client.outcome(target, JSON.stringify(target.body(maker.next())));
    const happening = sleep((seconds * 1000) / 3).then(() => event?.(this.servers[0]!));
    const [run] = await Promise.all([closedLoop(send, { concurrency: callers, seconds }), happening]);
    client.close();
    return { figures: figuresOf([run], workload.documents), shares: this.nginx.shares() };
  }

  async stop(): Promise<void> {
    await this.nginx.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
