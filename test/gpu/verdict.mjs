// What the table of a check comes to: each bar with the figure that it is held against, and the sentence for README.md.

export const BARS = {
  gemmShare: 0.6,
  reference: { 14: 5, 50: 3, 100: 2 },
  latencyMs: 4,
  hostShare: 0.3,
  deviceGigabytes: 4,
  matmulTeraflops: 650,
  gpuBusy: 0.9,
  fp8: 1.3,
};

/** Figures that a step printed as JSON; undefined when it is none. */
export function parsed({ stdout }) {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf('{')));
  } catch {
    return undefined;
  }
}

const atLeast = (name, bar, figure, unit = '') => ({ name, bar, figure, unit, held: figure >= bar });
const atMost = (name, bar, figure, unit = '') => ({ name, bar, figure, unit, held: figure <= bar });

/**
 * Bars as { name, bar, figure, unit, held }. One whose step was not run, or printed no figure, has none and is not held; those of fp8
 * are left out where it was not asked for.
 */
export function verdicts(outcomes) {
  const of = (step) => parsed(outcomes.find(({ name }) => name === step) ?? { stdout: '' });
  const rowOf = (step, tokens) => of(step)?.rows?.find(({ workload }) => tokensOf(workload) === tokens);
  const [row, small] = [rowOf('bench', '100'), rowOf('latency', '50')];
  return [
    atLeast('products / pass at 100 tokens', BARS.gemmShare, row && row.gemmMs / row.passMs),
    ...Object.entries(BARS.reference).map(([tokens, bar]) => {
      const { referenceMs, passMs } = rowOf('bench', tokens) ?? {};
      return atLeast(`transformers / pass at ${tokens} tokens`, bar, referenceMs / passMs);
    }),
    atMost('10 documents of 50 tokens', BARS.latencyMs, small?.aloneMs, ' ms'),
    atMost(
      'event loop and launching / pass',
      BARS.hostShare,
      small && (small.hostMs + (small.launchMs ?? 0)) / small.passMs,
    ),
    atMost('weights and activations', BARS.deviceGigabytes, of('bench') && of('bench').deviceBytes / 1e9, ' GB'),
    atLeast('8192³', BARS.matmulTeraflops, of('matmul')?.teraflops, ' TFLOP/s'),
    atLeast('GPU busy under load', BARS.gpuBusy, of('http')?.gpuBusy),
    ...(of('bench-fp8') === undefined ? [] : [atLeast('fp8 / bf16 at 100 tokens', BARS.fp8, fp8Gain(of))]),
    ...outcomes.filter(({ ok }) => !ok).map(({ name, reason }) => ({ name: `step ${name}: ${reason}`, held: false })),
  ];
}

/** How much faster a pass in fp8 is than one in bf16 of the same run; NaN where one of them is missing. */
function fp8Gain(of) {
  const [fast, usual] = ['bench-fp8', 'bench'].map((step) =>
    of(step)?.rows?.find(({ workload }) => tokensOf(workload) === '100'),
  );
  return usual?.passMs / fast?.passMs;
}

export function verdictLines(outcomes) {
  return [
    '',
    '## Bars',
    '',
    '| bar | wanted | figure | held |',
    '|---|---|---|---|',
    ...verdicts(outcomes).map(
      ({ name, bar, figure, unit = '', held }) =>
        `| ${name} | ${bar === undefined ? '–' : `${bar}${unit}`} | ${written(figure)}${isFigure(figure) ? unit : ''} | ${held ? 'yes' : 'NO'} |`,
    ),
  ];
}

/** One sentence, with what was missed in it; undefined where no GPU was measured. */
export function sentence({ gpu, rehearsal }, outcomes) {
  const bench = parsed(outcomes.find(({ name }) => name === 'bench') ?? { stdout: '' });
  const row = bench?.rows?.find(({ workload }) => tokensOf(workload) === '50');
  if (rehearsal !== undefined || row === undefined) return undefined;
  const all = verdicts(outcomes);
  const missed = all.filter(({ held }) => !held);
  const outcome =
    missed.length === 0
      ? `all ${all.length} bars are held`
      : `${all.length - missed.length} of ${all.length} bars are held; missed: ${missed.map(shortened).join('; ')}`;
  const without = bench.notes?.length > 0 ? `, without ${bench.notes.join('; ')}` : '';
  return (
    `On ${gpu.split(',')[0]} (${bench.shape}, ${bench.dtype}, libtorch ${bench.version}${without}) documents of 50 tokens are ranked at ` +
    `${Math.round(row.tokensPerSecond).toLocaleString('en')} tokens a second, ${Math.round(row.documentsPerSecond).toLocaleString('en')} documents a second: ` +
    `${outcome} (\`npm run check -- gpu\`).`
  );
}

function shortened({ name, bar, figure, unit = '' }) {
  return bar === undefined
    ? name
    : `${name} ${isFigure(figure) ? `${written(figure)}${unit} of ${bar}${unit}` : 'not measured'}`;
}

function tokensOf(workload) {
  return workload.split(' ').at(-1);
}

function isFigure(figure) {
  return Number.isFinite(figure);
}

function written(figure) {
  return isFigure(figure) ? String(Number(figure.toPrecision(3))) : 'not measured';
}
