/** Instruction sets that a run can be held to, the widest first. */
export const ISAS = ['amx', 'vnni', 'avx512', 'avx2'] as const;
export type Isa = (typeof ISAS)[number];

/** What each library is told; nothing where the cap is all that the library has. */
const CAPS: Readonly<Record<Isa, Readonly<Record<string, string>>>> = {
  amx: { ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_AMX' },
  vnni: {
    ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_VNNI',
    ATEN_CPU_CAPABILITY: 'avx512',
    MKL_ENABLE_INSTRUCTIONS: 'AVX512_E1',
    OPENBLAS_CORETYPE: 'SkylakeX',
  },
  avx512: {
    ONEDNN_MAX_CPU_ISA: 'AVX512_CORE',
    ATEN_CPU_CAPABILITY: 'avx512',
    MKL_ENABLE_INSTRUCTIONS: 'AVX512',
    OPENBLAS_CORETYPE: 'SkylakeX',
  },
  avx2: {
    ONEDNN_MAX_CPU_ISA: 'AVX2',
    ATEN_CPU_CAPABILITY: 'avx2',
    MKL_ENABLE_INSTRUCTIONS: 'AVX2',
    OPENBLAS_CORETYPE: 'Haswell',
  },
};

/** Compiler flags of ggml, which decides when it is built. */
const GGML: Readonly<Record<Isa, readonly string[]>> = {
  amx: ['AVX512', 'AVX512_VBMI', 'AVX512_VNNI', 'AVX512_BF16', 'AMX_TILE', 'AMX_INT8', 'AMX_BF16'],
  vnni: ['AVX512', 'AVX512_VNNI'],
  avx512: ['AVX512'],
  avx2: [],
};

/** `NAME=value` of every variable that caps our own code and the libraries under it, ours and the peers'. */
export function capVariables(isa: Isa | undefined): string[] {
  if (isa === undefined) return [];
  return Object.entries({ CPU_ISA: isa, ...CAPS[isa] }).map(([name, value]) => `${name}=${value}`);
}

/** Options of CMake that build ggml for the cap, or for this machine. */
export function ggmlFlags(isa: Isa | undefined): string[] {
  if (isa === undefined) return ['-DGGML_NATIVE=ON'];
  const sets = ['AVX', 'AVX2', 'FMA', 'F16C', 'BMI2', ...GGML[isa]];
  return ['-DGGML_NATIVE=OFF', ...sets.map((set) => `-DGGML_${set}=ON`)];
}

export function parseIsa(name: string): Isa {
  const isa = ISAS.find((known) => known === name);
  if (isa === undefined) throw new Error(`--isa must be one of ${ISAS.join(', ')}, got ${name}`);
  return isa;
}
