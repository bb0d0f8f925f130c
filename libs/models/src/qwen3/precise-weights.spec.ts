import { describe, expect, it } from 'vitest';
import { PreciseWeights } from './precise-weights.js';
import { PRODUCTS, productParameters, type Qwen3Shape } from './qwen3-shape.js';

const SHAPE: Qwen3Shape = {
  hiddenSize: 8,
  layers: 36,
  heads: 2,
  keyValueHeads: 1,
  headDim: 4,
  intermediateSize: 16,
  vocabularySize: 10,
  rmsNormEps: 1e-6,
  ropeTheta: 1e4,
};

describe('the weights that keep more bits', () => {
  it.each([
    ['none', false, []],
    ['35', false, every(35)],
    ['3.down_proj', false, ['3.down_proj']],
    ['1-2.o_proj, 3.qkv_proj', false, ['1.o_proj', '2.o_proj', '3.qkv_proj']],
    ['auto', false, [32, 33, 34, 35].flatMap((layer) => every(layer))],
    ['auto,3.o_proj', true, ['3.o_proj', ...downUpTo(31), ...[32, 33, 34, 35].flatMap((layer) => every(layer))]],
  ])('are read from %s', (list, inBf16, expected) => {
    expect(placesOf(PreciseWeights.of(list, SHAPE, inBf16))).toEqual(expected.toSorted());
  });

  it('always have the last layer in auto', () => {
    const precise = PreciseWeights.of('auto', { ...SHAPE, layers: 4 }, false);
    expect(placesOf(precise)).toEqual(every(3).toSorted());
  });

  it('are counted once, however often they are listed', () => {
    const precise = PreciseWeights.of('3.down_proj,3.down_proj,2-3.down_proj', SHAPE, false);
    expect(precise.parameters(SHAPE)).toBe(2 * productParameters(SHAPE, 'down_proj'));
  });

  it.each([
    ['x', 'x must be a layer such as 35, 32-35 or 3.down_proj'],
    ['3.down', '3.down must be a layer'],
    ['', ' must be a layer'],
    ['36', '36 must name layers from 0 to 35'],
    ['5-2', '5-2 must name layers from 0 to 35'],
  ])('are not read from %s', (list, message) => {
    expect(() => PreciseWeights.of(list, SHAPE, false)).toThrow(message);
  });
});

function placesOf(precise: PreciseWeights): string[] {
  const layers = Array.from({ length: SHAPE.layers }, (_, layer) => layer);
  const named = layers.flatMap((layer) =>
    PRODUCTS.filter((product) => precise.has(layer, product)).map((product) => `${layer}.${product}`),
  );
  return named.toSorted();
}

function every(layer: number): string[] {
  return PRODUCTS.map((product) => `${layer}.${product}`);
}

function downUpTo(last: number): string[] {
  return Array.from({ length: last + 1 }, (_, layer) => `${layer}.down_proj`);
}
