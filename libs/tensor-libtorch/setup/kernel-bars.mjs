// What the code of a kernel must keep to, and the table of it.
/** What one warp of a kernel serves; `bar`: the most instructions for one of these; `looped`: they are those of its loop. */
export const UNITS = {
  add_rms_norm: { units: 2, of: '32 × 8 elements' },
  norm_and_rotate: { units: 2, of: 'head of 128', bar: 110 },
  swiglu: { units: 1, of: '32 × 8 elements', bar: 150 },
  gather_rows: { units: 4, of: '32 × 8 elements' },
  quantise_rows: { units: 2, of: '32 × 8 elements' },
  add_rms_norm_quantise: { units: 2, of: '32 × 8 elements' },
  swiglu_quantise: { units: 2, of: '32 × 8 elements' },
  attend_128: { units: 1, of: '16 rows × 32 keys', looped: true },
};
/** Values of a row that a thread of swiglu_quantise has, in formats of 16 bits. */
const VALUES_OF_THREAD = 16;

/** One line for each thing that is not as it must be. */
export function missedBars(kernels, where, format) {
  return Object.entries(kernels).flatMap(([name, kernel]) => {
    const missed = [...unsound(name, kernel), ...(format === 'float32' ? [] : tooMuch(name, kernel))];
    return missed.map((what) => `${where}: ${name} ${what}`);
  });
}

function unsound(name, { spills, loops }) {
  const looped = UNITS[name]?.looped === true || name === 'attend_64';
  return [
    ...(spills > 0 ? [`spills: ${spills} accesses to a thread's own memory`] : []),
    ...(loops.length > (looped ? 1 : 0) ? ['has a loop: its instructions cannot be counted'] : []),
  ];
}

/** Bars of the formats of 16 bits. */
function tooMuch(name, kernel) {
  const unit = UNITS[name];
  const narrow = name.startsWith('add_rms_norm') ? kernel.narrowLoads : 0;
  const surplus = name === 'swiglu_quantise' && exponents(kernel) !== VALUES_OF_THREAD;
  return [
    ...(unit !== undefined && unit.bar < perUnit(kernel, unit)
      ? [`has ${perUnit(kernel, unit)} instructions a ${unit.of}, the bar is ${unit.bar}`]
      : []),
    ...(narrow > 0 ? [`has ${narrow} loads of less than 16 bytes`] : []),
    ...(surplus ? [`has ${exponents(kernel)} exponents for ${VALUES_OF_THREAD} values`] : []),
  ];
}

function perUnit({ instructions, loops }, { units, looped }) {
  return (looped ? loops[0].instructions : instructions) / units;
}

/** On the longest way, which has all values. */
function exponents({ names }) {
  return names['MUFU.EX2'] ?? 0;
}

/** In Markdown; `before` has instructions, units and narrow loads of the kernels that there were before, as the same compiler made them. */
export function table(kernels, before) {
  const rows = Object.entries(UNITS).map(([name, unit]) => {
    const was = before[name];
    const now = kernels[name];
    return [
      `\`${name}\``,
      unit.of,
      was === undefined ? '–' : Math.round(was.instructions / was.units),
      Math.round(perUnit(now, unit)),
      unit.bar ?? '–',
      was === undefined ? '–' : was.narrowLoads,
      now.narrowLoads,
    ];
  });
  const head = ['kernel', 'for', 'instructions before', 'now', 'bar', 'loads of less than 16 bytes before', 'now'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
