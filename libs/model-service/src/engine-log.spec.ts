import { expect, it } from 'vitest';
import { INFORMATION } from '../../../test/support/fake-engine.js';
import { inWords } from './engine-log.js';

it('names backend, format, threads and the measured rate', () => {
  const information = {
    ...INFORMATION,
    backend: 'libtorch',
    version: '2.7.1',
    device: 'cpu',
    dtype: 'bf16',
    threads: 2,
  };
  const measured = { tokensPerSecond: 115_764.3, loadSeconds: 0.486 };
  expect(inWords({ ...information, ...measured, formats: 'bf16 1315 GFLOP/s, f32 328 GFLOP/s' })).toBe(
    'libtorch 2.7.1 on cpu, bf16 (bf16 1315 GFLOP/s, f32 328 GFLOP/s), 2 threads, 115,764 tokens/s measured, loaded in 0.5 s',
  );
  expect(inWords({ ...information, ...measured, dtype: 'f32', threads: 1 })).toContain('cpu, f32, 1 thread, ');
});
