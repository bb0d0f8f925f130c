import { beforeEach, describe, expect, it } from 'vitest';
import { GrowingBytes } from './growing-bytes.js';
import { InflightBytes, type GivenUp, type Hold } from './inflight-bytes.js';

const LIMIT = 800_000;

let nowMs: number;
let bytes: InflightBytes;
let givenUp: string[];

beforeEach(() => {
  nowMs = 0;
  givenUp = [];
  bytes = new InflightBytes(LIMIT, () => nowMs);
});

function open(name: string): Hold {
  return bytes.open((why: GivenUp) => givenUp.push(`${name}: ${why}`));
}

/** This many bytes arrive and are kept; false: there was no room for them. */
function arrive(hold: Hold, count: number): boolean {
  bytes.arrived(hold, count);
  return bytes.take(hold, count);
}

describe('bytes in flight', () => {
  it('are counted until the request is over, and never beyond the limit', () => {
    const one = open('one');
    expect(arrive(one, 400_000)).toBe(true);
    one.isWhole = true;
    expect(arrive(open('two'), 400_000)).toBe(false);
    expect(bytes.usedBytes).toBe(400_000);
    bytes.close(one);
    bytes.close(one);
    expect(bytes.usedBytes).toBe(0);
  });

  it('leave room for small bodies that large ones cannot take', () => {
    const large = open('large');
    expect(arrive(large, LIMIT)).toBe(false);
    expect(arrive(large, 700_000)).toBe(true);
    expect(arrive(open('small'), 60_000)).toBe(true);
    expect(arrive(open('medium'), 70_000)).toBe(false);
  });

  it('grow with what a body becomes, as far as one alone may have them, and not where they are taken', () => {
    const [one, other] = [open('one'), open('other')];
    arrive(one, 100_000);
    arrive(other, 100_000);
    expect([bytes.grow(one, 4), bytes.grow(other, 4)]).toEqual([true, false]);
    expect([bytes.grow(other, 1), bytes.usedBytes]).toEqual([true, 500_000]);
    bytes.close(one);
    expect([bytes.grow(other, 100), bytes.usedBytes]).toEqual([true, 700_000]);
  });

  it('of bodies that stopped arriving are given back when others need them, the quietest first', () => {
    const stalled = ['a', 'b', 'c'].map((name) => open(name));
    for (const hold of stalled) {
      arrive(hold, 200_000);
      nowMs += 10;
    }
    nowMs += 300;
    expect(arrive(open('new'), 250_000)).toBe(true);
    expect(givenUp).toEqual(['a: no_room']);
    expect(bytes.usedBytes).toBe(650_000);
  });

  it('of whole bodies, and of those that arrive, are not', () => {
    const whole = open('whole');
    arrive(whole, 300_000);
    whole.isWhole = true;
    const arriving = open('arriving');
    arrive(arriving, 300_000);
    nowMs += 300;
    bytes.arrived(arriving, 1000);
    expect(arrive(open('new'), 200_000)).toBe(false);
    expect(givenUp).toEqual([]);
  });

  it('are not held by a sender of a byte now and then', () => {
    const slow = open('slow');
    arrive(slow, 600_000);
    const held = open('fast enough');
    for (let second = 0; second < 11; second += 1) {
      for (let part = 0; part < 5; part += 1) {
        nowMs += 200;
        bytes.arrived(slow, 1);
        bytes.arrived(held, 2000);
      }
      bytes.sweep();
    }
    expect(givenUp).toEqual(['slow: too_slow']);
  });

  it('of a trickle count as stalled before its window is over', () => {
    const slow = open('slow');
    arrive(slow, 690_000);
    nowMs = 6000;
    bytes.sweep(); // The window that brought the bytes is over.
    for (let turn = 0; turn < 10; turn += 1) {
      nowMs += 100;
      bytes.arrived(slow, 1);
    }
    expect(arrive(open('new'), 400_000)).toBe(true);
    expect(givenUp).toEqual(['slow: no_room']);
  });
});

describe('growing bytes', () => {
  it('are what was added, and never larger than expected', () => {
    const grown = new GrowingBytes(10);
    const before = [grown.growthFor(3), grown.growthFor(0)];
    for (const text of ['abc', 'def', 'g', 'hij']) grown.add(Buffer.from(text));
    expect(before).toEqual([3, 0]);
    expect(grown.growthFor(0)).toBe(0);
    const taken = grown.take();
    expect(Buffer.from(taken).toString()).toBe('abcdefghij');
    expect(taken.buffer.byteLength).toBe(10);
  });

  it('are not copied where all of a small body comes at once', () => {
    const [small, large] = [Buffer.alloc(65_536), Buffer.alloc(65_537)];
    for (const chunk of [small, large]) {
      const grown = new GrowingBytes(chunk.length);
      grown.add(chunk);
      expect(grown.length).toBe(chunk.length);
      expect(grown.take() === chunk).toBe(chunk === small);
    }
  });
});
