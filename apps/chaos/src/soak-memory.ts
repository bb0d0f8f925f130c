import { lineChart, mean } from '#apps/workshop';

/** What was seen of the server at a moment of the soak. */
export interface Moment {
  readonly minutes: number;
  readonly residentBytes: number;
  readonly handles: number;
  readonly deviceBytes: number;
}

/** Least-squares slope of the resident memory, as a part of its mean per minute. */
export function slopePerMinute(moments: readonly Moment[]): number {
  const meanX = mean(moments.map(({ minutes }) => minutes));
  const meanY = mean(moments.map(({ residentBytes }) => residentBytes));
  let covariance = 0;
  let variance = 0;
  for (const { minutes, residentBytes } of moments) {
    covariance += (minutes - meanX) * (residentBytes - meanY);
    variance += (minutes - meanX) ** 2;
  }
  return covariance / variance / meanY;
}

/** Resident memory over time, as SVG. */
export function memoryChart(moments: readonly Moment[]): string {
  const points = moments.map(({ minutes, residentBytes }) => [minutes, residentBytes / 2 ** 20] as const);
  return lineChart({
    title: 'Resident memory of server and engine',
    xLabel: 'minutes',
    yLabel: 'MiB',
    axes: 'linear',
    series: [{ name: 'resident', points: [[0, 0], ...points] }],
  });
}
