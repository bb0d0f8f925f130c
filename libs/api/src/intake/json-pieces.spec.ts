import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addItems, cut, type Items, type Outline } from './json-pieces.js';

const MEGABYTE = 1_048_576;

/** As it arrives in another thread: each piece copied on its way. */
function joined(value: unknown, bytes: number): { readonly joined: unknown; readonly pieces: number } {
  const [outline, ...items] = [...cut(value, bytes)].map((piece) => structuredClone(piece)) as [Outline, ...Items[]];
  for (const piece of items) addItems(outline, piece);
  return { joined: outline.value, pieces: 1 + items.length };
}

it('gives the value again, whatever it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 30 }), (value, megabytes) => {
      expect(joined(structuredClone(value), megabytes * MEGABYTE).joined).toEqual(value);
    }),
  );
});

it.each([
  ['a small body', { documents: ['a', 'b'] }, 1, 1],
  ['documents', { query: 'q', documents: Array.from({ length: 1000 }, String) }, 20, 11],
  ['documents in an object', { input: { documents: Array.from({ length: 10 }, String) } }, 20, 11],
  ['a list of pairs', Array.from({ length: 100 }, () => ['q', 'd']), 4, 3],
])('cuts %s by its size', (_what, value, megabytes, pieces) => {
  expect(joined(structuredClone(value), megabytes * MEGABYTE)).toEqual({ joined: value, pieces });
});
