import { closedLoop, type LoadRun, RerankClient } from '#apps/workshop';
import { agreementOf, type Agreement } from '../load/agreement.js';
import type { Progress } from '../load/progress.js';
import { RequestMaker, type TextWorkload } from '../load/request-maker.js';
import { openTarget, type Target } from '../load/targets.js';
import type { PeerPool } from './peer-pool.js';
import type { PeerProcess } from './peer-process.js';
import type { Peer } from './peer.js';
import { shares } from './shares.js';

export interface RoundOptions {
  readonly rounds: number;
  readonly workloads: readonly TextWorkload[];
  /** Callers at once; more than one is asked only of peers that batch callers. */
  readonly callers: readonly number[];
  readonly seconds: number;
  readonly seed: number;
}

export interface MeasuredRow {
  readonly peer: string;
  readonly workload: TextWorkload;
  readonly callers: number;
  /** One of each round. */
  readonly runs: LoadRun[];
}

/** What is known of a server once it has run. */
export interface PeerFacts {
  readonly name: string;
  about: string;
  /** Of the first start, until it answered. */
  readonly readySeconds: number;
  residentGib: number;
}

/** Of a peer's scores with those of another. */
export interface PeerAgreement {
  readonly peer: string;
  readonly with: string;
  readonly figures: Agreement;
}

export interface Comparison {
  readonly rows: readonly MeasuredRow[];
  readonly facts: ReadonlyMap<string, PeerFacts>;
  readonly agreement: readonly PeerAgreement[];
  /** Why a peer has no figures, or not all. */
  readonly failures: ReadonlyMap<string, string>;
}

const SEED_STEP = 1_000_003;
const GIB = 2 ** 30;

/** Measures peers in turn, round after round, and compares their scores once. */
export class PeerRounds {
  private readonly rows: MeasuredRow[] = [];
  private readonly facts = new Map<string, PeerFacts>();
  /** Of each peer, for the same requests: [request][document]. */
  private readonly scores = new Map<string, number[][]>();
  private readonly failures = new Map<string, string>();

  constructor(
    private readonly peers: readonly Peer[],
    private readonly pool: PeerPool,
    private readonly options: RoundOptions,
    private readonly progress: Progress,
  ) {}

  /** @param afterRound Called with what there is after each round: a run that is stopped keeps its rounds. */
  async run(afterRound: (comparison: Comparison) => void): Promise<void> {
    for (let round = 0; round < this.options.rounds; round += 1) {
      for (const peer of this.peers) {
        if (!this.failures.has(peer.name)) await this.turn(peer, round);
      }
      afterRound(this.comparison());
    }
  }

  private async turn(peer: Peer, round: number): Promise<void> {
    try {
      const startedMs = performance.now();
      const { server, isNew } = await this.pool.use(peer);
      const readySeconds = (performance.now() - startedMs) / 1000;
      const target = { ...openTarget(peer.kind, server.url, 'model'), name: peer.name };
      if (!this.facts.has(peer.name)) {
        this.facts.set(peer.name, { name: peer.name, about: '', readySeconds, residentGib: 0 });
        this.scores.set(peer.name, await this.withClient((client) => this.compare(target, client)));
      } else if (isNew) {
        await this.withClient((client) => this.warmUp(target, client));
      }
      await this.measure(peer, target, round);
      await this.describe(peer, target, server);
    } catch (error) {
      this.failures.set(peer.name, `round ${round + 1}: ${(error as Error).message}`);
      await this.pool.drop(peer);
    }
  }

  private async measure(peer: Peer, target: Target, round: number): Promise<void> {
    for (const callers of this.options.callers) {
      if (callers > 1 && !peer.batchesCallers) continue;
      for (const workload of this.options.workloads) {
        this.progress.step(`${peer.name} ${workload.name}, ${callers} at once, round ${round + 1}`);
        const maker = new RequestMaker(workload, this.options.seed + (round + 1) * SEED_STEP);
        const { seconds } = this.options;
        const run = await this.withClient((client) =>
          closedLoop(() => client.outcome(target, bodyOf(target, maker)), { concurrency: callers, seconds }),
        );
        this.rowOf(peer, workload, callers).runs.push(run);
      }
    }
  }

  private rowOf(peer: Peer, workload: TextWorkload, callers: number): MeasuredRow {
    const known = this.rows.find(
      (row) => row.peer === peer.name && row.workload === workload && row.callers === callers,
    );
    if (known !== undefined) return known;
    const row = { peer: peer.name, workload, callers, runs: [] };
    this.rows.push(row);
    return row;
  }

  /** A request of each length, the same for all: it warms the server up, and its scores tell whether peers read the same prompt. */
  private async compare(target: Target, client: RerankClient): Promise<number[][]> {
    const scores: number[][] = [];
    for (const workload of this.options.workloads) {
      this.progress.step(`scores of ${target.name} ${workload.name}`);
      const { status, text } = await client.post(target, bodyOf(target, new RequestMaker(workload, this.options.seed)));
      if (status !== 200) throw new Error(`answered ${status}: ${text.slice(0, 300)}`);
      scores.push(target.scores(JSON.parse(text), workload.documents));
    }
    return scores;
  }

  private async warmUp(target: Target, client: RerankClient): Promise<void> {
    await client.post(target, bodyOf(target, new RequestMaker(this.options.workloads[0]!, this.options.seed)));
  }

  private async describe(peer: Peer, target: Target, server: PeerProcess): Promise<void> {
    const facts = this.facts.get(peer.name)!;
    facts.residentGib = Math.max(facts.residentGib, server.residentBytes / GIB);
    const shared = peer.kind === 'qwen3' ? shares(await (await fetch(`${server.url}/metrics`)).text()) : '';
    facts.about ||= [peer.about ?? '', await target.about(), ...buffersIn(server.log), shared]
      .filter((part) => part !== '')
      .join('; ');
  }

  /** Connections of its own: a server that stood still has closed those of its last turn. */
  private async withClient<Result>(work: (client: RerankClient) => Promise<Result>): Promise<Result> {
    const client = new RerankClient();
    try {
      return await work(client);
    } finally {
      client.close();
    }
  }

  private comparison(): Comparison {
    const [first, ...others] = [...this.scores];
    const agreement = others.map(([peer, scores]) => ({
      peer,
      with: first![0],
      figures: agreementOf(first![1], scores),
    }));
    return { rows: this.rows, facts: this.facts, agreement, failures: this.failures };
  }
}

function bodyOf(target: Target, maker: RequestMaker): string {
  return JSON.stringify(target.body(maker.next()));
}

/** llama.cpp names the memory that its weights lie in; AMX among them says that its products use it. */
function buffersIn(log: string): string[] {
  const buffers = [...log.matchAll(/(?<name>\S+) model buffer size/gu)].map((match) => match.groups!['name']!);
  return buffers.length === 0 ? [] : [`weights in ${[...new Set(buffers)].join(', ')}`];
}
