import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDON, NATIVE_BUILT } from '../support/backends.js';

type Native = Record<string, (...values: unknown[]) => unknown>;

interface Command {
  operation: string;
  [field: string]: unknown;
}

const STORED = { dtype: 'float32', rows: 2, columns: 4, bytes: new Uint8Array(32) };
const SEGMENT = { start: 0, length: 2, ancestors: [], scored: true };
const LAYOUT = {
  segments: [SEGMENT],
  ids: Int32Array.of(0, 1),
  positions: Int32Array.of(0, 1),
  scoredRows: Int32Array.of(1),
};
const EMBED = { operation: 'embed', slots: [0] };
const PROGRAM = {
  commands: [EMBED],
  slots: 1,
  result: 0,
  rows: 'all',
  headDim: 4,
  frequencies: Float32Array.of(1, 0.1),
};

// TypeScript gives the addon what it expects; a mistake there must not become a read outside of memory.
describe.skipIf(!NATIVE_BUILT)('the native addon refuses', () => {
  let native: Native;

  beforeAll(() => {
    native = createRequire(import.meta.url)(ADDON) as Native;
    open();
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

  const IN_8_BITS = { rows: 2, columns: 4, scales: Float32Array.of(1, 1), bytes: new Uint8Array(8) };
  it.each([
    ['fewer scales than rows', { ...IN_8_BITS, scales: Float32Array.of(1) }, 'int8', /2 rows and 1 scales/u],
    ['scales of another type', { ...IN_8_BITS, scales: [1, 1] }, 'int8', /expected a Float32Array/u],
    ['products that read float32', IN_8_BITS, 'f32', /read by products of the CPU in int8 alone/u],
  ])('a weight in 8 bits with %s', (_what, stored, format, reason) => {
    expect(() => native['weight']!([stored], format)).toThrow(reason);
  });

  it('a table in 8 bits', () => {
    expect(() => native['table']!(IN_8_BITS)).toThrow(/a table cannot be in 8 bits/u);
  });

  it.each([
    ['a row without a position', { positions: Int32Array.of(0) }, /an id and a position/u],
    ['ids of another type', { ids: [0, 1] }, /expected a Int32Array/u],
    ['a segment beyond the rows', { segments: [{ ...SEGMENT, length: 3 }] }, /within the rows/u],
    ['a scored row beyond the rows', { scoredRows: Int32Array.of(2) }, /one of the rows/u],
    ['a scored row too many', { scoredRows: Int32Array.of(0, 1) }, /has a scored row/u],
    ['an ancestor that comes later', { segments: [{ ...SEGMENT, ancestors: [1] }] }, /comes before its segment/u],
  ])('a layout with %s', (_what, change, reason) => {
    expect(() => native['run']!(program({}), { ...LAYOUT, ...change })).toThrow(reason);
  });

  it.each([
    ['nothing', undefined],
    ['an object', {}],
    ['a number', 1],
  ])('%s as a handle', (_what, value) => {
    expect(() => native['dispose']!(value)).toThrow(/expected a handle/u);
    expect(() => native['run']!(value, LAYOUT)).toThrow(/expected a handle/u);
    expect(() => program({ commands: [{ ...EMBED, weight: value }] })).toThrow(/expected a handle/u);
  });

  it.each([
    ['an operation that is not there', { commands: [{ operation: 'sort', slots: [0] }] }, /no operation sort/u],
    ['a slot that is not there', { commands: [{ ...EMBED, slots: [1] }] }, /embed names a slot that is not there/u],
    ['a slot too many', { commands: [{ ...EMBED, slots: [0, 0] }] }, /embed takes 1 slots/u],
    ['no weight', { commands: [{ operation: 'linear', slots: [0, 0] }] }, /linear takes a weight/u],
    ['a negative layer', { commands: [{ ...EMBED, layer: -1 }] }, /no negative numbers/u],
    ['a result that is not there', { result: 1 }, /a slot that is not there/u],
    ['an odd head', { headDim: 3 }, /a frequency for each pair/u],
    ['too few frequencies', { frequencies: Float32Array.of(1) }, /a frequency for each pair/u],
  ])('a program with %s', (_what, change, reason) => {
    expect(() => program(change)).toThrow(reason);
  });

  it('a weight of several rows where one row belongs', () => {
    const weight = native['weight']!([STORED]);
    const norm = { operation: 'rmsNorm', slots: [1, 0], weight };
    expect(() => program({ commands: [EMBED, norm], slots: 2 })).toThrow(/rmsNorm takes a weight of one row/u);
  });

  it('what was made before the backend was opened again', () => {
    const [weight, table, before] = [native['weight']!([STORED]), native['table']!(STORED), program({})];
    open();
    const reason = /made before the backend was opened again/u;
    expect(() => native['run']!(before, LAYOUT)).toThrow(reason);
    expect(() => program({ commands: [{ ...EMBED, weight: table }] })).toThrow(reason);
    expect(() => program({ commands: [{ operation: 'linear', slots: [0, 0], weight }] })).toThrow(reason);
    native['dispose']!(weight);
  });

  it('a weight as a table', () => {
    const weight = native['weight']!([STORED]);
    expect(() => program({ commands: [{ ...EMBED, weight }] })).toThrow(/of another kind/u);
  });

  it('a view of columns that are not there', async () => {
    const view = { operation: 'view', slots: [1, 0], first: 2, columns: 3 };
    const viewing = program({ commands: [EMBED, view], slots: 2, result: 1 });
    await expect(native['run']!(viewing, LAYOUT)).rejects.toThrow(/columns that are not there/u);
  });

  it('a result of other rows than the program says', async () => {
    await expect(native['run']!(program({ rows: 'scored' }), LAYOUT)).rejects.toThrow(/another number of rows/u);
  });

  function open() {
    native['open']!({ threads: 1, device: 'cpu', dtype: 'auto', fused: true, tensors: false, graphs: 'auto' });
  }

  function program({
    commands = PROGRAM.commands,
    ...rest
  }: Partial<Omit<typeof PROGRAM, 'commands'>> & { commands?: readonly Command[] }) {
    const weight = native['table']!(STORED);
    const withTable = commands.map((one) => (one.operation === 'embed' ? { weight, ...one } : one));
    return native['program']!({ ...PROGRAM, ...rest, commands: withTable });
  }
});
