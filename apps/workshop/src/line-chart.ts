/** Line charts as SVG text: no library, because three kinds of chart are all there is. */

interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Logarithmic unless said otherwise: lengths and rates span orders of magnitude, and a factor is the same distance everywhere. */
  readonly axes?: 'linear' | 'logarithmic';
}

const WIDTH = 760;
const HEIGHT = 400;
const MARGIN = { left: 76, right: 190, top: 46, bottom: 54 };
const MOST_MARKS = 60;
const COLOURS = ['#5b52e8', '#d9480f', '#0f8a5f', '#b8338f', '#1676b8', '#8a6d00', '#666677'];

// Both colour schemes, as the file is shown on pages of either.
const STYLE = `text{font:13px system-ui,sans-serif;fill:#3c3c4c}.title{font-weight:600;font-size:15px}.grid{stroke:#00000018}
.axis{stroke:#888}@media(prefers-color-scheme:dark){text{fill:#d5d5e2}.grid{stroke:#ffffff22}}`;

export function lineChart({ title, xLabel, yLabel, series, axes = 'logarithmic' }: Chart): string {
  const points = series.flatMap((line) => line.points);
  const xs = points.map(([value]) => value);
  const ys = points.map(([, value]) => value);
  const x = AXES[axes].scale(xs, MARGIN.left, WIDTH - MARGIN.right);
  const y = AXES[axes].scale(ys, HEIGHT - MARGIN.bottom, MARGIN.top);
  const xTicks = axes === 'linear' ? evenly(xs) : [...new Set(xs)].toSorted((a, b) => a - b);
  const bottom = HEIGHT - MARGIN.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    text(MARGIN.left, 24, title, 'class="title"'),
    ...AXES[axes].ticks(ys).map((value) => yTick(value, y(value))),
    ...xTicks.map((value) => text(x(value), bottom + 20, short(value), 'text-anchor="middle"')),
    `<line class="axis" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${bottom}" y2="${bottom}"/>`,
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 12, xLabel, 'text-anchor="middle"'),
    text(-(MARGIN.top + bottom) / 2, 18, yLabel, 'text-anchor="middle" transform="rotate(-90)"'),
    ...series.flatMap((line, index) => drawLine(line, index, { x, y })),
    ...legend(series),
    '</svg>\n',
  ].join('\n');
}

type Scale = (value: number) => number;

const AXES = {
  linear: { scale: scaleBy((value) => value), ticks: evenly },
  logarithmic: { scale: scaleBy(Math.log), ticks: decades },
};

function scaleBy(measure: (value: number) => number): (values: readonly number[], from: number, to: number) => Scale {
  return (values, from, to) => {
    const low = measure(Math.min(...values));
    const span = measure(Math.max(...values)) - low || 1;
    return (value) => Math.round((from + ((measure(value) - low) / span) * (to - from)) * 10) / 10;
  };
}

/** Five steps from the lowest to the highest value. */
function evenly(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return Array.from({ length: 6 }, (_, step) => low + (step / 5) * (high - low));
}

/** 1, 2 and 5 of each power of ten inside the range of the values. */
function decades(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const powers = Array.from({ length: 12 }, (_, index) => 10 ** (index - 4));
  const ticks = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick >= low && tick <= high);
  return ticks.length > 1 ? ticks : [low, high];
}

function yTick(value: number, y: number): string {
  const line = `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"/>`;
  return line + text(MARGIN.left - 8, y + 4, short(value), 'text-anchor="end"');
}

function drawLine({ points }: Series, index: number, { x, y }: { readonly x: Scale; readonly y: Scale }): string[] {
  const colour = colourOf(index);
  const path = points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round"/>`,
    // Where they would touch each other the line says as much.
    ...(points.length > MOST_MARKS ? [] : points).map(
      ([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="4" fill="${colour}"/>`,
    ),
  ];
}

function legend(series: readonly Series[]): string[] {
  const left = WIDTH - MARGIN.right + 16;
  return series.flatMap(({ name }, index) => {
    const top = MARGIN.top + 10 + index * 22;
    return [`<circle cx="${left}" cy="${top}" r="5" fill="${colourOf(index)}"/>`, text(left + 12, top + 4, name, '')];
  });
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

function short(value: number): string {
  if (value >= 1000) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
