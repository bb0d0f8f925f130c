import { describe, expect, it } from 'vitest';
import { queryTokensThatFit } from './long-query.js';
import { documentLimit, fitDocuments, PromptTooLongError, type Cutting, type LengthLimits } from './truncation.js';

const SUFFIX = Int32Array.of(151645, 198, 151644, 77091, 198, 151667, 271, 151668, 271);
const NONE = new Int32Array(0);
const FRAME = { textBefore: '', textAfter: '', before: NONE, after: NONE, tail: SUFFIX, tailAsks: false };
const head = new Int32Array(60).fill(1);
const query = new Int32Array(20).fill(2);
/** Ids that tell their place. */
const documentOf = (tokens: number) => Int32Array.from({ length: tokens }, (_, index) => 1000 + index);
const fit = (documents: readonly Int32Array[], limits: LengthLimits & Cutting) =>
  fitDocuments({ documents, frame: FRAME }, documentLimit({ head, query, frame: FRAME }, limits), limits);

const windowsOf = (tokens: number, limit: number, overlapTokens: number, maxWindows = 99) =>
  fit([documentOf(tokens)], {
    maxLength: 8192,
    maxDocumentTokens: limit,
    longDocuments: { kind: 'windows', maxWindows, overlapTokens },
  })[0]!;
const spans = ({ windows }: { windows: readonly Int32Array[] }) =>
  windows.map((ids) => [ids[0]! - 1000, ids.at(-SUFFIX.length - 1)! - 999]);

describe('fitDocuments', () => {
  it('leaves a document that fits whole and adds the suffix', () => {
    const [document] = fit([documentOf(3)], { maxLength: 8192 });
    expect(document).toEqual({
      ids: documentOf(3),
      content: documentOf(3),
      parts: [{ from: 0, to: 3 }],
      windows: [Int32Array.of(1000, 1001, 1002, ...SUFFIX)],
      length: 3,
      limit: 8103,
      truncated: false,
    });
  });

  it('cuts 8,500 tokens on the right so that the prompt is exactly 8,192 and ends with the suffix', () => {
    const [document] = fit([documentOf(8500)], { maxLength: 8192 });
    expect(head.length + query.length + document!.windows[0]!.length).toBe(8192);
    expect(document!.windows[0]!.subarray(0, -9)).toEqual(documentOf(8192 - 80 - 9));
    expect(document!.windows[0]!.subarray(-9)).toEqual(SUFFIX);
    expect(document!.truncated).toBe(true);
  });

  it('cuts at the limit, not one token before it', () => {
    const room = 8192 - 80 - 9;
    const fitted = fit([documentOf(room), documentOf(room + 1)], { maxLength: 8192 });
    expect(fitted.map(({ truncated }) => truncated)).toEqual([false, true]);
    expect(fitted.map(({ windows: [ids] }) => ids!.length)).toEqual([room + 9, room + 9]);
  });

  it('caps documents at the tokens asked for, the suffix not counted', () => {
    const fitted = fit([documentOf(5), documentOf(6)], { maxLength: 8192, maxDocumentTokens: 5 });
    expect(fitted.map(({ truncated }) => truncated)).toEqual([false, true]);
    expect(fitted[1]!.windows[0]!).toEqual(Int32Array.of(1000, 1001, 1002, 1003, 1004, ...SUFFIX));
  });

  it('lets the length of the prompt win over a larger cap', () => {
    const [document] = fit([documentOf(50)], { maxLength: 99, maxDocumentTokens: 40 });
    expect(document!.windows[0]!).toHaveLength(10 + 9);
  });

  it('takes a query that leaves room for one document token', () => {
    const [document] = fit([documentOf(50)], { maxLength: 90 });
    expect(document!.windows[0]!).toEqual(Int32Array.of(1000, ...SUFFIX));
  });

  it('refuses a query that leaves none, with its length and the limit', () => {
    expect(() => fit([documentOf(1)], { maxLength: 89 })).toThrow(PromptTooLongError);
    expect(() => fit([documentOf(1)], { maxLength: 89 })).toThrow(/take 80 tokens, at most 79 fit/u);
    expect(() => fit([], { maxLength: 50 })).toThrow(expect.objectContaining({ length: 80, limit: 40 }));
  });

  it('keeps the end of a document when asked to', () => {
    const [document] = fit([documentOf(50)], {
      maxLength: 8192,
      maxDocumentTokens: 3,
      longDocuments: { kind: 'cut', keep: 'end' },
    });
    expect(document).toMatchObject({ windows: [Int32Array.of(1047, 1048, 1049, ...SUFFIX)], truncated: true });
  });

  describe('in windows', () => {
    it('reads every token, the windows overlapping and the last one full', () => {
      const document = windowsOf(25, 10, 3);
      expect(spans(document)).toEqual([
        [0, 10],
        [7, 17],
        [14, 24],
        [15, 25],
      ]);
      expect(document).toMatchObject({ length: 25, limit: 10, truncated: false });
      expect(document.windows.every((ids) => ids.length === 10 + SUFFIX.length)).toBe(true);
    });

    it('leaves a document that fits in one piece', () => {
      expect(spans(windowsOf(10, 10, 3))).toEqual([[0, 10]]);
    });

    it('stops at the most windows, and says that something was left out', () => {
      expect(spans(windowsOf(25, 10, 0, 2))).toEqual([
        [0, 10],
        [10, 20],
      ]);
      expect(windowsOf(25, 10, 0, 2).truncated).toBe(true);
      expect(windowsOf(25, 10, 0, 3).truncated).toBe(false);
    });

    it('are counted before they are made: more than are read is refused, however many there would be', () => {
      const windows = { kind: 'windows', maxWindows: Infinity, overlapTokens: 0 } as const;
      const documents = Array.from({ length: 1000 }, () => documentOf(11));
      const limits = { maxLength: 8192, longDocuments: windows };
      expect(() => fit(documents, { ...limits, maxDocumentTokens: 1 })).toThrow(
        /make 11000 windows, at most 10000 are read/u,
      );
      expect(fit(documents, { ...limits, maxDocumentTokens: 6 }).flatMap(({ windows: made }) => made)).toHaveLength(
        2000,
      );
    });

    it('of sentences are made no further than to the first that is too many', () => {
      const longDocuments = { kind: 'windows', maxWindows: Infinity, overlapTokens: 0, overlapSentences: 0 } as const;
      const limits = { maxLength: 8192, maxDocumentTokens: 1, longDocuments };
      const documents = Array.from({ length: 3 }, () => documentOf(6000));
      // Where the sentences of the third one begin is not asked.
      const sentenceStarts = new Map([0, 1].map((index) => [index, [0]]));
      expect(() => fit(documents, { ...limits, sentenceStarts })).toThrow(/make more than 10000 windows/u);
      const all = new Map([0, 1, 2].map((index) => [index, [0]]));
      const fitted = fit(documents, { ...limits, maxDocumentTokens: 2, sentenceStarts: all });
      expect(fitted.flatMap(({ windows }) => windows)).toHaveLength(9000);
    });

    it('overlaps by half a window at most', () => {
      expect(spans(windowsOf(20, 10, 9999))).toEqual([
        [0, 10],
        [5, 15],
        [10, 20],
      ]);
      expect(spans(windowsOf(3, 1, 64))).toEqual([
        [0, 1],
        [1, 2],
        [2, 3],
      ]);
    });
  });

  it('leaves its inputs alone', () => {
    const document = documentOf(100);
    const [fitted] = fit([document], { maxLength: 95 });
    fitted!.windows[0]!.fill(0);
    expect(document).toEqual(documentOf(100));
    expect(SUFFIX[0]).toBe(151645);
  });
});

const tooLong = (limit: number) => new PromptTooLongError(5000, limit);

describe('a query that leaves no room', () => {
  const half = { share: 1 / 2, takesSpare: false };

  it.each([
    [half, 100, 500],
    [{ share: 1 / 4, takesSpare: false }, 100, 250],
    [{ share: 1 / 2, takesSpare: true }, 100, 900],
    [{ share: 1 / 2, takesSpare: true }, 900, 500],
  ])('keeps by %o beside a document of %i tokens: %i tokens', (rule, longestDocument, kept) => {
    expect(queryTokensThatFit(tooLong(1099), { fixedTokens: 100, longestDocument }, rule)).toBe(kept);
  });

  it('stays refused where the template alone takes all, in numbers above zero', () => {
    expect(queryTokensThatFit(tooLong(99), { fixedTokens: 100, longestDocument: 1 }, half)).toBeUndefined();
    expect(tooLong(-5).message).not.toContain('-');
  });
});
