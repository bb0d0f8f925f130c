import { describe, expect, it } from 'vitest';
import { capVariables, ggmlFlags, parseIsa } from './isa.js';

describe('a cap on the instruction set', () => {
  it('reaches our own code, oneDNN, ATen, MKL and OpenBLAS', () => {
    expect(capVariables('avx2').toSorted()).toEqual([
      'ATEN_CPU_CAPABILITY=avx2',
      'CPU_ISA=avx2',
      'MKL_ENABLE_INSTRUCTIONS=AVX2',
      'ONEDNN_MAX_CPU_ISA=AVX2',
      'OPENBLAS_CORETYPE=Haswell',
    ]);
    expect(capVariables(undefined)).toEqual([]);
  });

  it('builds ggml with no set above it', () => {
    expect(ggmlFlags('avx512')).toContain('-DGGML_AVX512=ON');
    expect(ggmlFlags('avx512').join(' ')).not.toMatch(/VNNI|AMX|NATIVE=ON/u);
    expect(ggmlFlags(undefined)).toEqual(['-DGGML_NATIVE=ON']);
  });

  it('is one of those known', () => {
    expect(parseIsa('vnni')).toBe('vnni');
    expect(() => parseIsa('sse3')).toThrow('--isa must be one of amx, vnni, avx512, avx2, got sse3');
  });
});
