import { describe, expect, it, vi } from 'vitest';
import { sentencesOf } from './sentences.js';

const SHORT = 'Here is a short one. ';
const LONG = `Words ${'and words '.repeat(7000)}end. `;

type Segment = (this: Intl.Segmenter, text: string) => Intl.Segments;

/** Of the segmenter, which looks at all of its text for each sentence that it is asked for. */
function costOf(text: string): number {
  let cost = 0;
  const segment: Segment = Reflect.get(Intl.Segmenter.prototype, 'segment');
  const spy = vi.spyOn(Intl.Segmenter.prototype, 'segment').mockImplementation(function (this: Intl.Segmenter, part) {
    const segments = segment.call(this, part);
    return {
      containing: segments.containing.bind(segments),
      *[Symbol.iterator]() {
        for (const found of segments) {
          cost += part.length;
          yield found;
        }
      },
    } as Intl.Segments;
  });
  sentencesOf(text);
  spy.mockRestore();
  return cost;
}

describe('long sentences among short ones', () => {
  it('are found whole', () => {
    const text = SHORT.repeat(3) + LONG + SHORT.repeat(2);
    const lengths = sentencesOf(text).map(({ start, end }) => end - start);
    expect(lengths).toEqual([20, 20, 20, LONG.length - 1, 20, 20]);
  });

  it('are looked at alone: not all that follows them with each one', () => {
    const short = SHORT.repeat(4000);
    expect(costOf(LONG + short)).toBeLessThan(2 * costOf(short));
  });
});

it('takes what has hardly a letter as one', () => {
  expect(sentencesOf(`${'! '.repeat(50)}Here is a sentence. 1. 2. Another one follows. `)).toHaveLength(2);
});
