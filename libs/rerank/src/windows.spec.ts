import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentenceWindows } from './windows.js';

const windowsOf = (length: number, starts: readonly number[], overlap: number, maxWindows = 99) =>
  sentenceWindows(length, starts, { limit: 10, maxWindows, overlap }).map(({ from, to }) => [from, to]);

describe('windows of sentences', () => {
  it('begin and end with a sentence, and share as many as asked for', () => {
    expect(windowsOf(24, [0, 3, 6, 9, 12, 15, 18, 21], 0)).toEqual([
      [0, 9],
      [9, 18],
      [15, 24],
    ]);
    expect(windowsOf(24, [0, 3, 6, 9, 12, 15, 18, 21], 1)).toEqual([
      [0, 9],
      [6, 15],
      [12, 21],
      [15, 24],
    ]);
  });

  it('share half of their sentences at most', () => {
    expect(windowsOf(20, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18], 9)).toEqual([
      [0, 10],
      [6, 16],
      [10, 20],
    ]);
  });

  it('cut a sentence that is longer than a window, and stop at the most windows', () => {
    expect(windowsOf(25, [0, 2], 0)).toEqual([
      [0, 2],
      [2, 12],
      [12, 22],
      [22, 25],
    ]);
    expect(windowsOf(25, [0, 2], 0, 2)).toEqual([
      [0, 2],
      [2, 12],
    ]);
  });

  it('read every token, none longer than the limit, whatever the sentences are', () => {
    const cases = fc.record({
      length: fc.integer({ min: 11, max: 200 }),
      starts: fc.uniqueArray(fc.integer({ min: 0, max: 220 })).map((starts) => starts.toSorted((a, b) => a - b)),
      overlap: fc.integer({ min: 0, max: 8 }),
    });
    fc.assert(
      fc.property(cases, ({ length, starts, overlap }) => {
        const windows = windowsOf(length, starts, overlap, Infinity);
        expect(windows[0]![0]).toBe(0);
        expect(windows.at(-1)![1]).toBe(length);
        expect(windows.every(([from, to]) => to! > from! && to! - from! <= 10)).toBe(true);
        // The next one begins where this one ends at the latest, and ends later.
        const neighbours = windows.slice(1).map((window, place) => [windows[place]!, window] as const);
        expect(neighbours.every(([one, next]) => next[0]! <= one[1]! && next[1]! > one[1]!)).toBe(true);
      }),
    );
  });
});
