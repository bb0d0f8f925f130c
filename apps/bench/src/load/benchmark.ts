import {
  closedLoop,
  figuresOf,
  type LoadFigures,
  type LoadRun,
  openLoop,
  poissonSchedule,
  type RerankClient,
  type Send,
} from '#apps/workshop';
import { agreementOf, type Agreement } from './agreement.js';
import type { Progress } from './progress.js';
import type { OpenLoadRow, ThroughputRow } from './report.js';
import { RequestMaker, type TextWorkload } from './request-maker.js';
import type { Target } from './targets.js';

export interface BenchmarkOptions {
  readonly concurrency: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly rounds: number;
  readonly seed: number;
}

/** What of a request is drawn: enough that no target sees a text twice in a run. */
const SEED_STEP = 1_000_003;
/** Scores compared, in whole requests: a model on a slow peer may take seconds for each. */
const AGREEMENT_DOCUMENTS = 40;

/** Measures targets against each other with the same requests. */
export class Benchmark {
  private seeds = 0;

  constructor(
    private readonly targets: readonly Target[],
    private readonly client: RerankClient,
    private readonly options: BenchmarkOptions,
    private readonly progress: Progress,
  ) {}

  /** Closed loop. Targets take turns within each round, so that a machine whose speed drifts drifts for all. */
  async throughput(workload: TextWorkload): Promise<ThroughputRow[]> {
    const runs = new Map<Target, LoadRun[]>(this.targets.map((target) => [target, []]));
    const { rounds, concurrency, warmUpSeconds, seconds } = this.options;
    for (let round = 0; round < rounds; round += 1) {
      const seed = this.nextSeed();
      for (const target of this.targets) {
        this.progress.step(`${target.name} ${workload.name}, round ${round + 1} of ${rounds}`);
        const send = this.sender(target, new RequestMaker(workload, seed));
        if (warmUpSeconds > 0) await closedLoop(send, { concurrency, seconds: warmUpSeconds });
        runs.get(target)!.push(await closedLoop(send, { concurrency, seconds }));
      }
    }
    const { name, documents, tokens } = workload;
    return this.targets.map((target) => {
      const figures = figuresOf(runs.get(target)!, documents);
      return { target: target.name, workload: name, documents, tokens, concurrency, figures };
    });
  }

  /** Open loop at parts of a throughput measured before, in requests a second. */
  async openLoad(
    workload: TextWorkload,
    parts: readonly number[],
    measured: readonly ThroughputRow[],
  ): Promise<OpenLoadRow[]> {
    const rows: OpenLoadRow[] = [];
    for (const part of parts) {
      const seed = this.nextSeed();
      for (const target of this.targets) {
        const rate = part * (measured.find((row) => row.target === target.name)?.figures.requestsPerSecond ?? 0);
        if (rate === 0) continue;
        this.progress.step(`${target.name} ${workload.name} at ${rate.toFixed(2)} requests/s`);
        rows.push(await this.offer(target, workload, { rate, seed }));
      }
    }
    return rows;
  }

  /** Scores of every target for the same requests, each compared with the first target's. */
  async agreement(workload: TextWorkload): Promise<({ target: string; with: string } & Agreement)[]> {
    const [first, ...others] = this.targets;
    const ours = await this.scores(first!, workload);
    const compared = [];
    for (const target of others) {
      this.progress.step(`scores of ${target.name}`);
      const agreement = agreementOf(ours, await this.scores(target, workload));
      compared.push({ target: target.name, with: first!.name, ...agreement });
    }
    return compared;
  }

  private async offer(
    target: Target,
    workload: TextWorkload,
    { rate, seed }: { readonly rate: number; readonly seed: number },
  ): Promise<OpenLoadRow> {
    const maker = new RequestMaker(workload, seed);
    const schedule = poissonSchedule(rate, this.options.seconds, () => maker.random());
    // Made before the clock starts: making them is not what is measured.
    const bodies = schedule.map(() => JSON.stringify(target.body(maker.next())));
    const run = await openLoop(() => this.client.outcome(target, bodies.pop()!), schedule);
    const figures: LoadFigures = figuresOf([run], workload.documents);
    return { target: target.name, workload: workload.name, offeredRequestsPerSecond: rate, figures };
  }

  private sender(target: Target, maker: RequestMaker): Send {
    return () => this.client.outcome(target, JSON.stringify(target.body(maker.next())));
  }

  private async scores(target: Target, workload: TextWorkload): Promise<number[][]> {
    const maker = new RequestMaker(workload, this.options.seed);
    const scores: number[][] = [];
    for (let scored = 0; scored < AGREEMENT_DOCUMENTS; scored += workload.documents) {
      const texts = maker.next();
      const { status, text } = await this.client.post(target, JSON.stringify(target.body(texts)));
      if (status !== 200) throw new Error(`${target.name} answered ${status}: ${text.slice(0, 200)}`);
      scores.push(target.scores(JSON.parse(text), texts.documents.length));
    }
    return scores;
  }

  private nextSeed(): number {
    this.seeds += 1;
    return this.options.seed + this.seeds * SEED_STEP;
  }
}
