import os from 'node:os';
import { markdownTable } from '#apps/workshop';
import type { BackendDescription, ProductRate } from '#libs/tensor';
import type { EngineFigures } from './measure-engine.js';

export interface EngineReport extends BackendDescription {
  readonly shape: string;
  readonly node: string;
  readonly processor: string;
  readonly loadSeconds: number;
  /** Largest resident memory of the process, in MiB. */
  readonly peakMemory: number;
  /** Weights, keys and values, and activations, as the backend counts them. */
  readonly deviceBytes: number;
  readonly reference?: string;
  readonly rows: readonly EngineFigures[];
}

const COLUMNS =
  'documents × tokens, unique tokens, pass ms, alone ms, host ms, documents/s, tokens/s, GEMMs alone ms, GFLOP/s, ' +
  'GEMMs / pass, whole pairs / pass, reference / pass';

export function processor(): string {
  return `${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? 'unknown processor'}`;
}

/** A Markdown table under a line that says on what it was measured. */
export function markdown(report: EngineReport): string {
  const { shape, backend, version, device, dtype, threads, node } = report;
  const lines = [
    `${shape} on ${backend} ${version}, ${device}, ${dtype}, ${threads} threads, Node ${node}, ${report.processor}; ` +
      `loaded in ${report.loadSeconds.toFixed(1)} s, peak memory ${report.peakMemory.toFixed(0)} MiB` +
      (report.reference === undefined ? '' : `; reference: ${report.reference}`),
    ...(report.products === undefined ? [] : [productLine(report.products)]),
    '',
    markdownTable(COLUMNS.split(', '), report.rows.map(cells)),
  ];
  return lines.join('\n');
}

function productLine({ library, kernels, gflops, vectorGflops, advice }: ProductRate): string {
  const taken = kernels === undefined ? library : `${library}, ${kernels}`;
  const rate = `products by ${taken}: ${gflops} GFLOP/s in float32, vector units ${vectorGflops}`;
  return advice === undefined ? rate : `${rate}. ${advice}`;
}

function cells(row: EngineFigures): string[] {
  return [
    row.workload,
    String(row.uniqueTokens),
    row.passMs.toFixed(2),
    row.aloneMs.toFixed(2),
    row.hostMs.toFixed(1),
    row.documentsPerSecond.toFixed(1),
    row.tokensPerSecond.toFixed(0),
    row.gemmMs.toFixed(2),
    row.gemmGflops.toFixed(1),
    (row.gemmMs / row.passMs).toFixed(2),
    (row.wholePairsMs / row.passMs).toFixed(2),
    row.referenceMs === undefined ? '–' : (row.referenceMs / row.passMs).toFixed(2),
  ];
}
