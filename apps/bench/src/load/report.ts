import { lineChart, type LoadFigures, markdownTable } from '#apps/workshop';
import { AGREEMENT_COLUMNS, agreementCells, type Agreement } from './agreement.js';
import { machineLine, type Environment } from './environment.js';

export interface ThroughputRow {
  readonly target: string;
  readonly workload: string;
  readonly documents: number;
  readonly tokens: number | 'mixed';
  readonly concurrency: number;
  readonly figures: LoadFigures;
}

export interface OpenLoadRow {
  readonly target: string;
  readonly workload: string;
  readonly offeredRequestsPerSecond: number;
  readonly figures: LoadFigures;
}

export interface BenchResult {
  readonly environment: Environment;
  readonly targets: readonly { readonly name: string; readonly url: string; readonly about: string }[];
  readonly seed: number;
  /** Requests a second of the generator against a server that does nothing. */
  readonly generatorCeiling: number;
  readonly throughput: readonly ThroughputRow[];
  readonly openLoad: readonly OpenLoadRow[];
  /** Of each further target with the first one. */
  readonly agreement: readonly ({ readonly target: string; readonly with: string } & Agreement)[];
}

export function markdown(result: BenchResult): string {
  return [
    `${machineLine(result.environment)}; seed ${result.seed}`,
    '',
    ...result.targets.map(({ name, about }) => `* ${name}: ${about === '' ? 'says nothing about itself' : about}`),
    `* the generator's own ceiling: ${result.generatorCeiling.toFixed(0)} requests/s`,
    '',
    throughputTable(result.throughput),
    ...(result.openLoad.length > 0 ? ['', openLoadTable(result.openLoad)] : []),
    ...(result.agreement.length > 0 ? ['', agreementTable(result.agreement)] : []),
    '',
  ].join('\n');
}

/** File names and their SVG: throughput by document length, latency by load. */
export function charts({ throughput, openLoad }: BenchResult): Map<string, string> {
  const files = new Map<string, string>();
  const byLength = throughput.filter(
    ({ workload, figures }) => /^20x\d+$/u.test(workload) && figures.requestsPerSecond > 0,
  );
  if (byLength.length > 1) {
    const point = (row: ThroughputRow) => [Number(row.tokens), row.figures.documentsPerSecond] as const;
    files.set(
      'throughput-by-length.svg',
      throughputChart(
        20,
        seriesOf(byLength, ({ target }) => target, point),
      ),
    );
  }
  const answered = openLoad.filter(({ figures }) => figures.requestsPerSecond > 0);
  if (answered.length > 1) files.set('latency-by-load.svg', latencyChart(answered));
  return files;
}

/** Documents a second by length; each request has this number of `documents`. */
export function throughputChart(documents: number, series: ReturnType<typeof seriesOf>): string {
  return lineChart({
    title: `Throughput by document length, ${documents} documents a request`,
    xLabel: 'tokens of a document',
    yLabel: 'documents/s',
    series,
  });
}

function latencyChart(rows: readonly OpenLoadRow[]): string {
  const lines = rows.flatMap((row) => [
    { name: `${row.target} p50`, point: [row.offeredRequestsPerSecond, row.figures.p50Ms] as const },
    { name: `${row.target} p99`, point: [row.offeredRequestsPerSecond, row.figures.p99Ms] as const },
  ]);
  return lineChart({
    title: `Latency by load, ${rows[0]!.workload}`,
    xLabel: 'requests/s offered',
    yLabel: 'ms from the intended start',
    series: seriesOf(
      lines,
      ({ name }) => name,
      ({ point }) => point,
    ),
  });
}

export function seriesOf<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  point: (row: Row) => readonly [number, number],
) {
  const names = [...new Set(rows.map((row) => nameOf(row)))];
  return names.map((name) => ({ name, points: rows.filter((row) => nameOf(row) === name).map((row) => point(row)) }));
}

function throughputTable(rows: readonly ThroughputRow[]): string {
  return markdownTable(
    ['target', 'documents × tokens', 'callers', 'documents/s', 'requests/s', 'p50 ms', 'p95 ms', 'p99 ms', 'errors'],
    rows.map(({ target, workload, concurrency, figures }) => [
      target,
      workload.replace('x', ' × '),
      String(concurrency),
      figures.documentsPerSecond.toFixed(1),
      figures.requestsPerSecond.toFixed(2),
      ...latencies(figures),
      errors(figures),
    ]),
  );
}

function openLoadTable(rows: readonly OpenLoadRow[]): string {
  return markdownTable(
    ['target', 'open load', 'offered/s', 'answered/s', 'p50 ms', 'p95 ms', 'p99 ms', 'sent late ms', 'errors'],
    rows.map(({ target, workload, offeredRequestsPerSecond, figures }) => [
      target,
      workload.replace('x', ' × '),
      offeredRequestsPerSecond.toFixed(2),
      figures.requestsPerSecond.toFixed(2),
      ...latencies(figures),
      figures.lateMs.toFixed(1),
      errors(figures),
    ]),
  );
}

function agreementTable(rows: BenchResult['agreement']): string {
  return markdownTable(
    ['scores of', 'with', ...AGREEMENT_COLUMNS],
    rows.map((row) => [row.target, row.with, ...agreementCells(row)]),
  );
}

function latencies({ p50Ms, p95Ms, p99Ms }: LoadFigures): string[] {
  return [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(ms < 100 ? 1 : 0));
}

function errors({ errors: counts, requests }: LoadFigures): string {
  const listed = Object.entries(counts).map(([outcome, count]) => `${count} × ${outcome}`);
  return listed.length === 0 ? '0' : `${listed.join(', ')} of ${requests}`;
}
