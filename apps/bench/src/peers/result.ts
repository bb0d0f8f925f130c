import { figuresOf, median } from '#apps/workshop';
import type { Isa } from '../isa.js';
import type { Environment } from '../load/environment.js';
import type { Comparison, MeasuredRow, PeerAgreement, PeerFacts } from './rounds.js';

/** What was run, for the report to name. */
export interface RunOptions {
  readonly model: string;
  readonly threads: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly seed: number;
  /** The instruction set that all were held to; undefined: all that the processor has. */
  readonly isa: Isa | undefined;
  readonly documents: number;
  /** The commit of ours; with `+` when files differed from it. */
  readonly commit: string;
}

export interface ResultRow {
  readonly peer: string;
  readonly tokens: number;
  readonly callers: number;
  /** Documents a second, of each round. */
  readonly rounds: readonly number[];
  readonly median: number;
  readonly best: number;
  /** Milliseconds of a request, over all rounds. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly requests: number;
  readonly errors: Readonly<Record<string, number>>;
}

export interface PeersResult {
  readonly environment: Environment;
  readonly options: RunOptions;
  readonly servers: readonly PeerFacts[];
  readonly failures: Readonly<Record<string, string>>;
  readonly rows: readonly ResultRow[];
  readonly agreement: readonly PeerAgreement[];
}

export function resultOf(comparison: Comparison, environment: Environment, options: RunOptions): PeersResult {
  return {
    environment,
    options,
    servers: [...comparison.facts.values()],
    failures: Object.fromEntries(comparison.failures),
    rows: comparison.rows.map((row) => rowOf(row)),
    agreement: comparison.agreement,
  };
}

function rowOf({ peer, workload, callers, runs }: MeasuredRow): ResultRow {
  const rounds = runs.map((run) => figuresOf([run], workload.documents).documentsPerSecond);
  const { p50Ms, p95Ms, requests, errors } = figuresOf(runs, workload.documents);
  const rates = { rounds, median: median(rounds), best: Math.max(...rounds) };
  return { peer, tokens: Number(workload.tokens), callers, ...rates, p50Ms, p95Ms, requests, errors };
}
