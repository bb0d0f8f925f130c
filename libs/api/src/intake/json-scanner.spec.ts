import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanner } from './json-scanner.js';

const members = (count: number) => Array.from({ length: count }, (_, key) => `"${key}":0`).join();
const BOUNDS = { depth: 8, values: 1000, fields: 100 };

/** The message of the fault, or undefined; the text arrives in chunks of this many bytes. */
function faultOf(text: string | Buffer, chunkBytes = Infinity, bounds = BOUNDS): string | undefined {
  const bytes = Buffer.from(text as string);
  const scanner = new JsonScanner(bounds);
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) scanner.write(bytes.subarray(at, at + chunkBytes));
    scanner.end();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the scanner', () => {
  it('takes every JSON, however it is cut into chunks', () => {
    const json = fc.oneof(fc.json({ maxDepth: 6 }), fc.json({ stringUnit: 'binary', maxDepth: 2 }));
    fc.assert(
      fc.property(json, fc.integer({ min: 1, max: 20 }), (text, chunkBytes) => {
        expect(faultOf(text, chunkBytes)).toBeUndefined();
      }),
    );
  });

  it('refuses what JSON.parse refuses, one character of a JSON being another', () => {
    const changed = fc.tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom(...'{}[]:,"\\1-.etn \n'.split('')));
    fc.assert(
      fc.property(changed, fc.integer({ min: 1, max: 9 }), ([text, place, character], chunkBytes) => {
        const at = place % text.length;
        const other = text.slice(0, at) + character + text.slice(at + 1);
        // What follows \u is the parser's.
        fc.pre(!other.includes('\\u'));
        expect(faultOf(other, chunkBytes) === undefined).toBe(isJson(other));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"query" "q"}', 'expected a colon, found ", at byte 9'],
    ['{"query": q}', 'expected a value, found something else at byte 10'],
    ['{"a":1,}', 'expected a key in double quotes, found }, at byte 7'],
    ['[1 2]', 'expected a comma or ], found 2, at byte 3'],
    ['[1}', 'expected a comma or ], found }, at byte 2'],
    ['{} x', 'expected nothing after the value, found x, at byte 3'],
    ['["a\nb"]', 'a control character in a string must be escaped, at byte 3'],
    ['["\\x"]', 'a string has a backslash before a character that takes none, at byte 3'],
    ['["a"', 'it ends in the middle, after byte 4'],
    ['', 'it is empty'],
    [Buffer.from('[1]', 'utf16le'), 'expected a value, found the byte 0x0, at byte 1'],
  ])('says of %j: %s', (text, message) => {
    for (const chunkBytes of [1, Infinity]) {
      expect(faultOf(text, chunkBytes)).toBe(`the body must be valid JSON: ${message}`);
    }
  });

  it.each([1, 2, 3, Infinity])('takes a byte order mark in front, in chunks of %i bytes', (chunkBytes) => {
    expect(faultOf('\uFEFF{"a":1}', chunkBytes)).toBeUndefined();
    const cutOff = Buffer.from('\uFEFF{}').subarray(1);
    expect(faultOf(cutOff, chunkBytes)).toMatch(/found the byte 0xbb, at byte 0/u);
    expect(faultOf(Buffer.of(0xef, 0xbb, 0x7b), chunkBytes)).toMatch(/a byte order mark is cut off, at byte 2/u);
    expect(faultOf(Buffer.of(0x5b, 0xbb, 0xbf), chunkBytes)).toMatch(/expected a value/u);
  });

  it('finds the end of a long string behind escapes', () => {
    const text = JSON.stringify(['x'.repeat(100), `${'"\\\n'.repeat(50)}${'y'.repeat(200)}"`, 'z']);
    for (const chunkBytes of [1, 63, 64, 65, 100, Infinity]) expect(faultOf(text, chunkBytes)).toBeUndefined();
  });

  it.each([
    ['['.repeat(9), /nested 8 deep, and is deeper at byte 8/u],
    [`[${'{},'.repeat(2000)}`, /at most 1000 values, one more begins at byte 2998/u],
    [`[{${members(2000)}}]`, /at most 1000 values/u],
    [`{${members(200)}}`, /at most 100 fields outside lists, one more begins at byte 691/u],
    [`{"a":[{}],"b":{"c":{${members(98)}}}}`, /at most 100 fields/u],
    [`[${'1'.repeat(500)}]`, /more than 400 characters, at byte 1/u],
  ])('refuses what is too much before it ends: %.20s', (text, message) => {
    expect(faultOf(text)).toMatch(message);
    expect(faultOf(text, 7)).toMatch(message);
  });
});
