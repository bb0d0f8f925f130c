import { expect, it } from 'vitest';
import type { Download } from '#libs/model-service';
import { DownloadReport } from './download-report.js';

const GIGABYTE = 1e9;

function at(report: DownloadReport, percents: readonly number[]): void {
  for (const percent of percents) report.moved({ receivedBytes: percent * 0.02 * GIGABYTE, totalBytes: 2 * GIGABYTE });
}

it('says a line for each 5 %, each once', () => {
  const lines: string[] = [];
  at(new DownloadReport((line) => lines.push(line)), [0, 1, 4.9, 5.5, 6, 9, 37, 99.9, 100]);
  expect(lines).toEqual(['0', '5', '37', '99', '100'].map((percent) => `download: ${percent} % of 2.00 GB`));
});

it('draws a bar on a terminal in place of the lines, and ends it', () => {
  const lines: string[] = [];
  let drawn = '';
  const terminal = { write: (text: string) => (drawn += text) };
  at(new DownloadReport((line) => lines.push(line), { terminal }), [0, 0.5, 50, 100]);
  expect(lines).toEqual([]);
  expect(drawn.split('\r').slice(1)).toEqual([
    `[${'.'.repeat(40)}] 0 % of 2.00 GB`,
    `[${'#'.repeat(20)}${'.'.repeat(20)}] 50 % of 2.00 GB`,
    `[${'#'.repeat(40)}] 100 % of 2.00 GB\n`,
  ]);
});

it('tells each step, and names the process that it waits for until something moves', () => {
  const lines: string[] = [];
  const steps: Download[] = [];
  const report = new DownloadReport((line) => lines.push(line), { moved: (step) => steps.push(step) });
  report.waiting('process 7 on other-pod');
  expect(lines).toEqual(['waiting for process 7 on other-pod, which downloads the same model']);
  at(report, [1]);
  expect(steps).toEqual([
    { receivedBytes: 0, totalBytes: 0, waitingFor: 'process 7 on other-pod' },
    { receivedBytes: 0.02 * GIGABYTE, totalBytes: 2 * GIGABYTE, waitingFor: null },
  ]);
});
