import { markdownTable } from '#apps/workshop';
import { AGREEMENT_COLUMNS, agreementCells } from '../load/agreement.js';
import { machineLine } from '../load/environment.js';
import { seriesOf, throughputChart } from '../load/report.js';
import { BARS, type Bar } from './bars.js';
import type { PeersResult, ResultRow } from './result.js';

/** The whole report: machine, servers, rates, ratios, scores. */
export function markdown(result: PeersResult): string {
  const callers = [...new Set(result.rows.map((row) => row.callers))];
  return [
    describeMachine(result),
    '',
    ...result.servers.map(
      ({ name, about, readySeconds, residentGib }) =>
        `* ${name}: ${about}; ready after ${readySeconds.toFixed(0)} s, ${residentGib.toFixed(1)} GiB`,
    ),
    ...Object.entries(result.failures).map(([name, reason]) => `* **${name} failed**: ${reason}`),
    ...callers.flatMap((count) => sectionOf(result, count)),
    ...(result.agreement.length === 0 ? [] : ['', agreementTable(result)]),
    '',
  ].join('\n');
}

/** Documents a second by length, one caller. */
export function chart({ rows, options }: PeersResult): string {
  const alone = rows.filter(({ callers, median }) => callers === 1 && median > 0);
  const series = seriesOf(
    alone,
    ({ peer }) => peer,
    ({ tokens, median }) => [tokens, median],
  );
  return throughputChart(options.documents, series);
}

function describeMachine({ environment, options }: PeersResult): string {
  const { isa, commit, model, documents, rounds, seconds, seed, threads } = options;
  return [
    `${machineLine(environment)}.`,
    `Instruction sets: ${environment.instructionSets.join(' ')}; ${isa === undefined ? 'none is capped' : `all capped to ${isa}`}.`,
    `Commit ${commit}; ${model}, ${documents} documents a request, ${threads} threads; ` +
      `${rounds} rounds of ${seconds} s and one request at least; seed ${seed}.`,
  ].join('\n');
}

function sectionOf(result: PeersResult, callers: number): string[] {
  const rows = result.rows.filter((row) => row.callers === callers);
  const comparisons = ratioTable(rows);
  return [
    '',
    callers === 1
      ? 'Documents/s with one caller: the median round, the best in brackets'
      : `Documents/s with ${callers} callers: the median round, the best in brackets, p95 of a request`,
    '',
    rateTable(rows),
    ...(comparisons === undefined ? [] : ['', RATIO_CAPTION, '', comparisons]),
  ];
}

const RATIO_CAPTION =
  'How many times the best round of the other goes into the median of ours (bold: as wanted; in brackets: what is wanted)';

function rateTable(rows: readonly ResultRow[]): string {
  const peers = [...new Set(rows.map(({ peer }) => peer))];
  return tableByLength(rows, peers, (peer, length) => rate(find(rows, peer, length)));
}

/** A line for each of `of`, a column for each length. */
function tableByLength<Line extends string | Bar>(
  rows: readonly ResultRow[],
  of: readonly Line[],
  cell: (line: Line, length: number) => string,
): string {
  const lengths = [...new Set(rows.map(({ tokens }) => tokens))].toSorted((a, b) => a - b);
  const header = ['', ...lengths.map((length) => `${length} tokens`)];
  const lines = of.map((line) => [titleOf(line)].concat(lengths.map((length) => cell(line, length))));
  return markdownTable(header, lines);
}

function titleOf(line: string | Bar): string {
  return typeof line === 'string' ? line : `${line.ours} / ${line.peers.join(', ')}`;
}

function rate(row: ResultRow | undefined): string {
  if (row === undefined) return '–';
  const errors = Object.entries(row.errors).map(([outcome, count]) => `, ${count} × ${outcome}`);
  const p95 = row.callers === 1 ? '' : `, ${(row.p95Ms / 1000).toFixed(1)} s`;
  return `${digits(row.median)} (${digits(row.best)})${p95}${errors.join('')}`;
}

function ratioTable(rows: readonly ResultRow[]): string | undefined {
  const bars = pairs(rows);
  return bars.length === 0 ? undefined : tableByLength(rows, bars, (bar, length) => ratio(rows, bar, length));
}

/** The bars whose servers ran, then ours against every other that no bar names. */
function pairs(rows: readonly ResultRow[]): Bar[] {
  const ran = [...new Set(rows.map(({ peer }) => peer))];
  const ours = ran.filter((name) => name.startsWith('ours-'));
  const others = ran.filter((name) => !name.startsWith('ours-'));
  const bars = BARS.map(({ ours: own, peers, wanted }) => ({
    ours: own,
    wanted,
    peers: peers.filter((peer) => ran.includes(peer)),
  }));
  const judged = bars.filter((bar) => ran.includes(bar.ours) && bar.peers.length > 0);
  const isJudged = (own: string, other: string) => judged.some((bar) => bar.ours === own && bar.peers.includes(other));
  const further = ours.flatMap((own) =>
    others.filter((other) => !isJudged(own, other)).map((other) => ({ ours: own, peers: [other], wanted: {} })),
  );
  return [...judged, ...further];
}

function ratio(rows: readonly ResultRow[], { ours, peers, wanted }: Bar, length: number): string {
  const own = find(rows, ours, length)?.median;
  const best = Math.max(...peers.map((peer) => find(rows, peer, length)?.best ?? 0));
  if (own === undefined || best === 0) return '–';
  const bar = wanted[length];
  const times = `${digits(own / best)}×`;
  if (bar === undefined) return times;
  return `${own / best >= bar ? `**${times}**` : times} (${bar})`;
}

function agreementTable({ agreement }: PeersResult): string {
  return markdownTable(
    ['scores of', 'with', ...AGREEMENT_COLUMNS],
    agreement.map(({ peer, with: other, figures }) => [peer, other, ...agreementCells(figures)]),
  );
}

function find(rows: readonly ResultRow[], peer: string, length: number): ResultRow | undefined {
  return rows.find((row) => row.peer === peer && row.tokens === length);
}

/** Three digits, as many as such figures bear. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
