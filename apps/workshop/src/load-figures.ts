import type { LoadRun, Sample } from './load-runner.js';
import { median, percentile } from './statistics.js';

export interface LoadFigures {
  readonly requests: number;
  /** Outcomes other than 'ok', with their number. */
  readonly errors: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  readonly documentsPerSecond: number;
  /** Milliseconds from the intended start, of answered requests. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How late the generator itself sent at worst, in milliseconds: above a few, it was the bottleneck. */
  readonly lateMs: number;
}

/** @param runs Rounds of one measurement: the rate is their median, latencies are pooled. */
export function figuresOf(runs: readonly LoadRun[], documentsPerRequest: number): LoadFigures {
  const samples = runs.flatMap((run) => run.samples);
  const answered = samples.filter(({ outcome }) => outcome === 'ok');
  const latencies = answered.map(({ intendedMs, endedMs }) => endedMs - intendedMs);
  const rate = median(runs.map((run) => run.samples.filter(({ outcome }) => outcome === 'ok').length / run.seconds));
  return {
    requests: samples.length,
    errors: errorsIn(samples),
    requestsPerSecond: rate,
    documentsPerSecond: rate * documentsPerRequest,
    p50Ms: percentile(latencies, 50),
    p95Ms: percentile(latencies, 95),
    p99Ms: percentile(latencies, 99),
    maxMs: percentile(latencies, 100),
    lateMs: samples.reduce((worst, { startedMs, intendedMs }) => Math.max(worst, startedMs - intendedMs), 0),
  };
}

function errorsIn(samples: readonly Sample[]): Record<string, number> {
  const errors: Record<string, number> = {};
  for (const { outcome } of samples) if (outcome !== 'ok') errors[outcome] = (errors[outcome] ?? 0) + 1;
  return errors;
}
