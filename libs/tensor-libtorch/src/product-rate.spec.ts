import { describe, expect, it } from 'vitest';
import { productRate } from './product-rate.js';

const PRESCOTT = { name: 'OpenBLAS', version: '0.3.21', kernels: 'Prescott' };

describe('the rate of products', () => {
  it('names library and kernels', () => {
    expect(productRate({ ...PRESCOTT, kernels: 'SkylakeX' }, 289.6, 400)).toEqual({
      library: 'OpenBLAS 0.3.21',
      kernels: 'SkylakeX',
      gflops: 290,
      vectorGflops: 400,
    });
    expect(productRate({ name: 'MKL', version: '2024.2', kernels: '' }, 200, 400)).not.toHaveProperty('kernels');
    expect(productRate({ name: '', version: '', kernels: '' }, 300, 400).library).toMatch(/does not tell/u);
  });

  it('comes with advice below half of what the vector units give', () => {
    expect(productRate(PRESCOTT, 200, 400)).not.toHaveProperty('advice');
    const { advice } = productRate(PRESCOTT, 60, 400);
    expect(advice).toMatch(/OpenBLAS 0\.3\.21 with kernels for Prescott reaches 60 of the 400 GFLOP\/s/u);
    expect(advice).toMatch(/OPENBLAS_CORETYPE.*npm run libtorch/u);
    expect(productRate({ name: 'MKL', version: '2024.2', kernels: '' }, 60, 400).advice).not.toContain('OPENBLAS');
  });
});
