/** Instruction sets in rising order. */
const LEVELS = ['sse', 'avx', 'avx2', 'avx512'] as const;
type Level = (typeof LEVELS)[number];

/** The names that OpenBLAS gives its kernels for x86-64. */
const KERNELS: Readonly<Record<Level, readonly string[]>> = {
  sse: (
    'Katmai Coppermine Northwood Prescott Banias Atom Core2 Penryn Dunnington Nehalem ' +
    'Athlon Opteron Opteron_SSE3 Barcelona Bobcat Nano'
  ).split(' '),
  avx: ['Sandybridge', 'Bulldozer', 'Piledriver', 'Steamroller', 'Excavator'],
  avx2: ['Haswell', 'Zen'],
  avx512: ['SkylakeX', 'Cooperlake', 'Sapphirerapids'],
};

/** What each set of kernels needs of a processor, by the flags of /proc/cpuinfo, and its name as OPENBLAS_CORETYPE. */
const CORE_TYPES: readonly { readonly level: Level; readonly flags: readonly string[]; readonly name: string }[] = [
  { level: 'avx512', flags: ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx512cd'], name: 'SkylakeX' },
  { level: 'avx2', flags: ['avx2', 'fma'], name: 'Haswell' },
];

/**
 * The OPENBLAS_CORETYPE that a processor with these flags deserves, where OpenBLAS took kernels of an older instruction set by
 * itself: it goes by the processor's model, and takes the oldest for one that came after it. Absent where its choice is right,
 * or not known to us.
 */
export function betterCoreType(taken: string, flags: ReadonlySet<string>): string | undefined {
  const level = LEVELS.find((name) => KERNELS[name].includes(taken));
  const best = CORE_TYPES.find((core) => core.flags.every((flag) => flags.has(flag)));
  if (level === undefined || best === undefined) return undefined;
  return LEVELS.indexOf(level) < LEVELS.indexOf(best.level) ? best.name : undefined;
}
