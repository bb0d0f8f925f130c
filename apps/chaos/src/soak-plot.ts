export interface Sample {
  readonly minutes: number;
  readonly residentBytes: number;
  readonly handles: number;
  readonly deviceBytes: number;
}

const WIDTH = 720;
const HEIGHT = 240;
const MARGIN = 40;

/** Least-squares slope of the resident memory, as a part of its mean per minute. */
export function slopePerMinute(samples: readonly Sample[]): number {
  const meanX = mean(samples.map(({ minutes }) => minutes));
  const meanY = mean(samples.map(({ residentBytes }) => residentBytes));
  let covariance = 0;
  let variance = 0;
  for (const { minutes, residentBytes } of samples) {
    covariance += (minutes - meanX) * (residentBytes - meanY);
    variance += (minutes - meanX) ** 2;
  }
  return covariance / variance / meanY;
}

/** Resident memory over time. */
export function svgPlot(samples: readonly Sample[]): string {
  const minutes = samples.at(-1)!.minutes;
  const most = 1.1 * Math.max(...samples.map(({ residentBytes }) => residentBytes));
  const x = (value: number) => (MARGIN + (value / minutes) * (WIDTH - 2 * MARGIN)).toFixed(1);
  const y = (value: number) => (HEIGHT - MARGIN - (value / most) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  const points = samples.map((sample) => `${x(sample.minutes)},${y(sample.residentBytes)}`).join(' ');
  const label = `resident memory of server and engine, 0 to ${Math.round(most / 2 ** 20)} MiB, over ${minutes.toFixed(0)} minutes`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<polyline points="${x(0)},${y(most)} ${x(0)},${y(0)} ${x(minutes)},${y(0)}" fill="none" stroke="gray"/>`,
    `<polyline points="${points}" fill="none" stroke="steelblue" stroke-width="1.5"/>`,
    `<text x="${MARGIN}" y="20">${label}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
