import { describe, expect, it } from 'vitest';
import { betterCoreType } from './blas-kernels.js';

const AVX2 = ['sse4_2', 'avx', 'avx2', 'fma', 'bmi2'];
const AVX512 = [...AVX2, 'avx512f', 'avx512bw', 'avx512dq', 'avx512vl', 'avx512cd'];

describe('the kernels that a processor deserves', () => {
  it.each([
    ['a processor of 2024 that was taken for one of 2004', 'Prescott', AVX512, 'SkylakeX'],
    ['AVX-512 with the kernels of AVX2', 'Zen', AVX512, 'SkylakeX'],
    ['AVX2 with those of AVX', 'Sandybridge', AVX2, 'Haswell'],
    ['AVX2 without AVX-512', 'Barcelona', AVX2, 'Haswell'],
    ['a part of AVX-512', 'Nehalem', [...AVX2, 'avx512f', 'avx512cd'], 'Haswell'],
  ])('are named: %s', (_case, taken, flags, better) => {
    expect(betterCoreType(taken, new Set(flags))).toBe(better);
  });

  it.each([
    ['the right ones', 'SkylakeX', AVX512],
    ['newer ones of the same set', 'Sapphirerapids', AVX512],
    ['the right ones without AVX-512', 'Zen', AVX2],
    ['a name that came later', 'Turin', AVX512],
    ['another library', '', AVX512],
    ['an old processor', 'Nehalem', ['sse4_2']],
  ])('are left alone: %s', (_case, taken, flags) => {
    expect(betterCoreType(taken, new Set(flags))).toBeUndefined();
  });
});
