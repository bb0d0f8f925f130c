import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { jsonParts } from './json-parts.js';
import { longAnswer } from './long-answer.js';

const reply = { header: () => reply } as unknown as FastifyReply;
/** Longer than what is written at once, with a character of two units at each place where it could be cut. */
const LONG = `${'x'.repeat(32_767)}🙂${'"\\\n\u2028é'.repeat(20_000)}\uD800`;

describe('the parts of a JSON text', () => {
  it('are together what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect([...jsonParts(value)].join('')).toBe(JSON.stringify(value));
      }),
    );
    const others = { a: undefined, list: [undefined, null, LONG, { b: LONG, c: undefined, d: {}, e: [] }], end: LONG };
    expect([...jsonParts(others)].join('')).toBe(JSON.stringify(others));
  });

  it('are short, whatever the value is', () => {
    const long = { text: LONG, list: Array.from({ length: 10_000 }, () => ({ a: 1 })) };
    const lengths = [...jsonParts(long)].map(({ length }) => length);
    // Six times where each character is escaped.
    expect(Math.max(...lengths)).toBeLessThanOrEqual(6 * 32_768);
  });

  it('take other lists one item at a time', () => {
    let asked = 0;
    function* items() {
      for (; asked < 1000; asked += 1) yield asked;
    }
    const parts = jsonParts({ items: items() });
    for (let part = 0; part < 10; part += 1) parts.next();
    expect(asked).toBeLessThan(10);
    expect(`[0,1,2,3,4,${[...parts].join('')}`).toMatch(/998,999\]\}$/u);
  });
});

describe('a long answer', () => {
  it('is a text where it is short, and else a stream of the same', async () => {
    expect(longAnswer(reply, { a: [1, 'b'] })).toBe('{"a":[1,"b"]}');
    const value = { list: Array.from({ length: 100 }, (_, index) => ({ index, text: LONG })) };
    const answer = longAnswer(reply, value);
    expect(typeof answer).toBe('object');
    expect(JSON.parse(await text(answer as AsyncIterable<Buffer> & NodeJS.ReadableStream))).toEqual(value);
  });
});
