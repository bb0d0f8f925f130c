import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDON, NATIVE_BUILT } from '../support/backends.js';

type Native = Record<string, (...values: unknown[]) => unknown>;

const STORED = { dtype: 'float32', rows: 2, columns: 4, bytes: new Uint8Array(32) };
const SEGMENT = { start: 0, length: 2, ancestors: [], scored: true };
const LAYOUT = {
  segments: [SEGMENT],
  ids: Int32Array.of(0, 1),
  positions: Int32Array.of(0, 1),
  scoredRows: Int32Array.of(1),
  headDim: 4,
  frequencies: Float32Array.of(1, 0.1),
};
const EMBED = [0, 0, 0, 0, 0, 0, 0, 0];
const SIZES = { slots: 1, result: 0, rows: 2 };

// TypeScript gives the addon what it expects; a mistake there must not become a read outside of memory.
describe.skipIf(!NATIVE_BUILT)('the native addon refuses', () => {
  let native: Native;

  beforeAll(() => {
    native = createRequire(import.meta.url)(ADDON) as Native;
    native['open']!({ threads: 1, device: 'cpu', dtype: 'auto', fused: true, tensors: false, graphs: 'auto' });
  }, 60_000);

  afterAll(() => {
    native['close']!();
  });

  it.each([
    ['fewer bytes than rows and columns', { ...STORED, bytes: new Uint8Array(31) }, /31 bytes.* 32/u],
    ['bytes of another type', { ...STORED, bytes: new Float32Array(8) }, /expected a Uint8Array/u],
    ['no bytes', { ...STORED, bytes: undefined }, /expected a Uint8Array/u],
  ])('a stored tensor with %s', (_what, stored, reason) => {
    expect(() => native['table']!(stored)).toThrow(reason);
    expect(() => native['weight']!([stored])).toThrow(reason);
  });

  it.each([
    ['a row without a position', { positions: Int32Array.of(0) }, /an id and a position/u],
    ['ids of another type', { ids: [0, 1] }, /expected a Int32Array/u],
    ['a segment beyond the rows', { segments: [{ ...SEGMENT, length: 3 }] }, /within the rows/u],
    ['a scored row beyond the rows', { scoredRows: Int32Array.of(2) }, /one of the rows/u],
    ['a scored row too many', { scoredRows: Int32Array.of(0, 1) }, /has a scored row/u],
    ['an ancestor that comes later', { segments: [{ ...SEGMENT, ancestors: [1] }] }, /comes before its segment/u],
    ['an odd head', { headDim: 3 }, /even number of columns/u],
    ['too few frequencies', { frequencies: Float32Array.of(1) }, /frequency for each pair/u],
  ])('a plan with %s', (_what, change, reason) => {
    expect(() => native['plan']!({ ...LAYOUT, ...change })).toThrow(reason);
  });

  it.each([
    ['nothing', undefined],
    ['an object', {}],
    ['a number', 1],
  ])('%s as a handle', (_what, value) => {
    expect(() => native['dispose']!(value)).toThrow(/expected a handle/u);
    expect(() => native['run']!(value, Float64Array.from(EMBED), [native['table']!(STORED)], SIZES)).toThrow(
      /expected a handle/u,
    );
    expect(() => native['run']!(native['plan']!(LAYOUT), Float64Array.from(EMBED), [value], SIZES)).toThrow(
      /expected a handle/u,
    );
  });

  it.each([
    ['an operand that is not there', [0, 0, 1, 0, 0, 0, 0, 0], SIZES, /range/u],
    ['a slot that is not there', [0, 1, 0, 0, 0, 0, 0, 0], SIZES, /a slot that is not there/u],
    ['a result that is not there', EMBED, { ...SIZES, result: 1 }, /range/u],
    ['an operation that is not there', [99, 0, 0, 0, 0, 0, 0, 0], SIZES, /unknown command/u],
    ['a result of fewer rows than were asked for', EMBED, { ...SIZES, rows: 3 }, /another number of rows/u],
  ])('a program with %s', async (_what, commands, sizes, reason) => {
    const run = async () =>
      native['run']!(native['plan']!(LAYOUT), Float64Array.from(commands), [native['table']!(STORED)], sizes);
    await expect(run()).rejects.toThrow(reason);
  });
});
