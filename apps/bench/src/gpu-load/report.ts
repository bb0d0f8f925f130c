import { markdownTable } from '#apps/workshop';
import { processor } from '../report-engine.js';
import type { FullLoadFigures } from './full-load.js';
import { percent } from './limit.js';

export interface FullLoadReport extends FullLoadFigures {
  readonly shape: string;
  readonly workload: string;
  readonly backend: string;
  readonly version: string;
  readonly device: string;
  readonly dtype: string;
  readonly maxBatchTokens: number;
}

/** A Markdown table under a line that says on what it was measured. */
export function markdown(report: FullLoadReport): string {
  const { shape, workload, backend, version, device, dtype, seconds, callers } = report;
  return [
    `${shape} on ${backend} ${version}, ${device}, ${dtype}, Node ${process.version}, ${processor()}`,
    `${callers} callers at once of ${workload} for ${seconds.toFixed(1)} s`,
    '',
    markdownTable(['figure', 'value'], rowsOf(report)),
    '',
    `Limited by ${report.limit}.`,
  ].join('\n');
}

function rowsOf(report: FullLoadReport): (readonly [string, string])[] {
  const { gpuBusy, errors, requests, batches, tokensPerBatch, maxBatchTokens } = report;
  const failed = Object.entries(errors).map(([outcome, count]) => `, ${count} × ${outcome}`);
  return [
    ['GPU busy', gpuBusy === undefined ? '–' : percent(gpuBusy)],
    ['engine computing', percent(report.computing)],
    ['documents/s', report.documentsPerSecond.toFixed(0)],
    ['unique tokens/s', report.tokensPerSecond.toFixed(0)],
    ['batches', `${batches}, of ${tokensPerBatch.toFixed(0)} tokens on average; the budget is ${maxBatchTokens}`],
    ['requests sent, not answered with 200', `${requests}${failed.join('')}`],
    ['server, cores', `${report.serverCores.toFixed(2)}, event loop ${percent(report.serverEventLoop)} of one`],
    ['timers of the server late, p99', `${report.serverLagP99Ms.toFixed(1)} ms`],
    ['engine, cores', `${report.engineCores.toFixed(2)}, event loop ${percent(report.engineEventLoop)} of one`],
    ['this generator', `${percent(report.generator)} of a core`],
  ];
}
