import { describe, expect, it } from 'vitest';
import { fitDocuments, PromptTooLongError, type TruncationLimits } from './truncation.js';

const SUFFIX = Int32Array.of(151645, 198, 151644, 77091, 198, 151667, 271, 151668, 271);
const head = new Int32Array(60).fill(1);
const query = new Int32Array(20).fill(2);
/** Ids that tell their place. */
const documentOf = (tokens: number) => Int32Array.from({ length: tokens }, (_, index) => 1000 + index);
const fit = (documents: readonly Int32Array[], limits: TruncationLimits) =>
  fitDocuments({ head, query, documents }, SUFFIX, limits);

describe('fitDocuments', () => {
  it('leaves a document that fits whole and adds the suffix', () => {
    expect(fit([documentOf(3)], { maxLength: 8192 })).toEqual([
      { ids: Int32Array.of(1000, 1001, 1002, ...SUFFIX), truncated: false },
    ]);
  });

  it('cuts 8,500 tokens on the right so that the prompt is exactly 8,192 and ends with the suffix', () => {
    const [document] = fit([documentOf(8500)], { maxLength: 8192 });
    expect(head.length + query.length + document!.ids.length).toBe(8192);
    expect(document!.ids.subarray(0, -9)).toEqual(documentOf(8192 - 80 - 9));
    expect(document!.ids.subarray(-9)).toEqual(SUFFIX);
    expect(document!.truncated).toBe(true);
  });

  it('cuts at the limit, not one token before it', () => {
    const room = 8192 - 80 - 9;
    const fitted = fit([documentOf(room), documentOf(room + 1)], { maxLength: 8192 });
    expect(fitted.map(({ truncated }) => truncated)).toEqual([false, true]);
    expect(fitted.map(({ ids }) => ids.length)).toEqual([room + 9, room + 9]);
  });

  it('caps documents at the tokens asked for, the suffix not counted', () => {
    const fitted = fit([documentOf(5), documentOf(6)], { maxLength: 8192, maxDocumentTokens: 5 });
    expect(fitted.map(({ truncated }) => truncated)).toEqual([false, true]);
    expect(fitted[1]!.ids).toEqual(Int32Array.of(1000, 1001, 1002, 1003, 1004, ...SUFFIX));
  });

  it('lets the length of the prompt win over a larger cap', () => {
    const [document] = fit([documentOf(50)], { maxLength: 99, maxDocumentTokens: 40 });
    expect(document!.ids).toHaveLength(10 + 9);
  });

  it('takes a query that leaves room for one document token', () => {
    const [document] = fit([documentOf(50)], { maxLength: 90 });
    expect(document!.ids).toEqual(Int32Array.of(1000, ...SUFFIX));
  });

  it('refuses a query that leaves none, with its length and the limit', () => {
    expect(() => fit([documentOf(1)], { maxLength: 89 })).toThrow(PromptTooLongError);
    expect(() => fit([documentOf(1)], { maxLength: 89 })).toThrow(/take 80 tokens, at most 79 fit/u);
    expect(() => fit([], { maxLength: 50 })).toThrow(expect.objectContaining({ length: 80, limit: 40 }));
  });

  it('leaves its inputs alone', () => {
    const document = documentOf(100);
    const [fitted] = fit([document], { maxLength: 95 });
    fitted!.ids.fill(0);
    expect(document).toEqual(documentOf(100));
    expect(SUFFIX[0]).toBe(151645);
  });
});
