// The table of a check: what passed, and the figures beside the bars they are held against.

import { BARS, parsed, sentence, verdictLines } from './verdict.mjs';

export function markdown({ environment, outcomes }) {
  const lines = ['# GPU check', '', ...Object.entries(environment).map(([name, value]) => `* ${name}: ${value}`), ''];
  lines.push('| step | outcome | seconds |', '|---|---|---|');
  for (const { name, ok, reason, seconds } of outcomes) {
    lines.push(`| ${name} | ${ok ? 'passed' : `FAILED: ${reason}`} | ${seconds.toFixed(1)} |`);
  }
  for (const outcome of outcomes) lines.push(...figures(outcome));
  lines.push(...scoreErrors(outcomes), ...verdictLines(outcomes));
  const said = sentence(environment, outcomes);
  if (said !== undefined) lines.push('', '## For README.md', '', said);
  return `${lines.join('\n')}\n`;
}

function figures(outcome) {
  const report = parsed(outcome);
  if (report?.teraflops !== undefined) {
    return [
      '',
      `${report.size}³ multiplication: ${report.teraflops.toFixed(0)} TFLOP/s (bar at 8192³ on an H200: ${BARS.matmulTeraflops})`,
    ];
  }
  if (report?.limit !== undefined) return fullLoad(report);
  if (report?.rows === undefined) return [];
  const notes = report.notes?.length > 0 ? `; without ${report.notes.join('; ')}` : '';
  return [
    '',
    `## ${outcome.name}: ${report.shape}, libtorch ${report.version}, ${report.device}, ${report.dtype}${notes}`,
    '',
    `Loaded in ${report.loadSeconds.toFixed(1)} s; ${(report.deviceBytes / 1e9).toFixed(2)} GB of weights and activations` +
      ` (bar for 0.6B: ${BARS.deviceGigabytes}); reference: ${report.reference ?? 'none'}`,
    '',
    `| requests × documents × tokens | unique tokens | pass ms, in a row | alone ms (bar ${BARS.latencyMs} at 10 × 50) | event loop / pass | launching / pass (with it, bar ${BARS.hostShare} at 10 × 50) | replays | tokens/s | documents/s | GEMMs ms | GEMM TFLOP/s | GEMMs / pass (bar ${BARS.gemmShare} at 100) | reference / pass | whole pairs / pass |`,
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...report.rows.map((row) => `| ${cells(row).join(' | ')} |`),
  ];
}

/** What the server did with the GPU while callers asked for more than it can do. */
function fullLoad(report) {
  const { shape, device, dtype, callers, workload, errors } = report;
  const failed = Object.entries(errors).map(([outcome, count]) => `${count} × ${outcome}`);
  return [
    '',
    `## http: ${shape}, ${device}, ${dtype}, ${callers} callers of ${workload} for ${report.seconds.toFixed(0)} s`,
    '',
    `GPU busy: ${report.gpuBusy === undefined ? 'not measured' : percent(report.gpuBusy)} (bar ${percent(BARS.gpuBusy)}); ` +
      `limited by ${report.limit}`,
    '',
    '| engine computing | documents/s | tokens/s | tokens per batch (budget) | server cores (its event loop) | timers late p99 ms | engine cores (its event loop) | generator | not 200 |',
    '|---|---|---|---|---|---|---|---|---|',
    `| ${[
      percent(report.computing),
      report.documentsPerSecond.toFixed(0),
      report.tokensPerSecond.toFixed(0),
      `${report.tokensPerBatch.toFixed(0)} (${report.maxBatchTokens})`,
      `${report.serverCores.toFixed(2)} (${percent(report.serverEventLoop)})`,
      report.serverLagP99Ms.toFixed(1),
      `${report.engineCores.toFixed(2)} (${percent(report.engineEventLoop)})`,
      percent(report.generator),
      failed.length === 0 ? '0' : failed.join(', '),
    ].join(' | ')} |`,
  ];
}

function cells(row) {
  const tokens = row.workload.split(' ').at(-1);
  const bar = BARS.reference[tokens] === undefined ? '' : ` (bar ${BARS.reference[tokens]})`;
  return [
    row.workload,
    row.uniqueTokens,
    row.passMs.toFixed(2),
    row.aloneMs.toFixed(2),
    (row.hostMs / row.passMs).toFixed(2),
    row.launchMs === undefined ? '–' : (row.launchMs / row.passMs).toFixed(2),
    row.replays ?? '–',
    row.tokensPerSecond.toFixed(0),
    row.documentsPerSecond.toFixed(0),
    row.gemmMs.toFixed(2),
    (row.gemmGflops / 1000).toFixed(1),
    (row.gemmMs / row.passMs).toFixed(2),
    row.referenceMs === undefined ? '–' : `${(row.referenceMs / row.passMs).toFixed(1)}${bar}`,
    (row.wholePairsMs / row.passMs).toFixed(2),
  ];
}

/** The lines of JSON that the parity step prints, as a table. */
function scoreErrors(outcomes) {
  const printed = outcomes.find(({ name }) => name === 'parity')?.stdout ?? '';
  const compared = [...printed.matchAll(/\{"shape".*\}/gu)].map(([line]) => JSON.parse(line));
  if (compared.length === 0) return [];
  return [
    '',
    '## Errors of logit(yes) − logit(no) against transformers in float32',
    '',
    '| checkpoint | dtype | replayed | mean | largest | mean of transformers | clear pairs swapped |',
    '|---|---|---|---|---|---|---|',
    ...compared.map(
      ({ shape, dtype, graphs, max, mean, transformers, swapped }) =>
        `| ${[shape, dtype, graphs, twoDigits(mean), twoDigits(max), twoDigits(transformers?.mean), swapped].join(' | ')} |`,
    ),
  ];
}

function percent(share) {
  return `${(100 * share).toFixed(0)} %`;
}

function twoDigits(value) {
  return value === undefined ? '–' : value.toPrecision(2);
}
