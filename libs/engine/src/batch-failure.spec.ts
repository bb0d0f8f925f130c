import { describe, expect, it } from 'vitest';
import { budgetAfterOutOfMemory } from './batch-budget.js';
import { failureOf, isDeviceFault, partsAfter } from './batch-failure.js';

const OUT_OF_MEMORY = Object.assign(new Error('CUDA out of memory. Tried to allocate 2.00 GiB'), {
  code: 'OUT_OF_MEMORY',
});

/** Documents of these numbers of tokens; the query has 3. */
function share(requestId: number, lengths: readonly number[], last = true) {
  const prefix = [new Int32Array(40), new Int32Array(3)];
  return { requestId, prefix, documents: lengths.map((length) => new Int32Array(length)), last };
}

/** [request, tokens of its documents, last] of each share, in each part. */
function partsOf(...shares: ReturnType<typeof share>[]) {
  return partsAfter(OUT_OF_MEMORY, { shares })?.map((part) =>
    part.shares.map(({ requestId, documents, last }) => [requestId, documents.map((ids) => ids.length), last]),
  );
}

describe('a batch that memory did not suffice for', () => {
  it('is cut between two documents, near the middle of its tokens', () => {
    expect(partsOf(share(1, [10, 10, 10, 10]))).toEqual([[[1, [10, 10], false]], [[1, [10, 10], true]]]);
    expect(partsOf(share(1, [100, 10, 10, 10]))).toEqual([[[1, [100], false]], [[1, [10, 10, 10], true]]]);
    expect(partsOf(share(1, [10, 10, 10, 100]))).toEqual([[[1, [10, 10, 10], false]], [[1, [100], true]]]);
  });

  it('is cut between two requests or inside one; a request is over with its own last document', () => {
    expect(partsOf(share(1, [10, 10]), share(2, [20]))).toEqual([[[1, [10, 10], true]], [[2, [20], true]]]);
    expect(partsOf(share(1, [10]), share(2, [10, 20, 10]))).toEqual([
      [
        [1, [10], true],
        [2, [10, 20], false],
      ],
      [[2, [10], true]],
    ]);
  });

  it('stays open where more batches of the request follow', () => {
    expect(partsOf(share(1, [10, 10], false))).toEqual([[[1, [10], false]], [[1, [10], false]]]);
  });

  it('is not cut when it is a single document', () => {
    expect(partsOf(share(1, [9000]))).toBeUndefined();
  });

  it.each([
    ['half of the batch', 4000, 8192, 2001],
    ['nothing less than every device can fill', 600, 8192, 512],
    ['no more than before', 40_000, 1024, 1024],
  ])('leaves a budget of %s', (_what, tokens, before, after) => {
    expect(budgetAfterOutOfMemory({ shares: [share(1, [tokens])] }, before)).toBe(after);
  });
});

describe('any other failure', () => {
  it.each([
    [{ code: 'DEVICE_FAULT', message: 'CUDA error: device-side assert triggered' }, true],
    [{ code: 'OUT_OF_MEMORY', message: 'CUDA out of memory' }, false],
    [{ code: 'INVALID', message: 'no rows' }, false],
    [{ code: 'internal', message: 'a bug' }, false],
  ])('%o ends the process: %s', (failure, ends) => {
    const error = Object.assign(new Error(failure.message), { code: failure.code });
    expect(isDeviceFault(error)).toBe(ends);
    expect(failureOf(error)).toEqual(failure);
  });

  it('does not cut the batch', () => {
    expect(partsAfter(new Error('CUDA out of memory'), { shares: [share(1, [10, 10])] })).toBeUndefined();
  });

  it('is reported as internal where it has no code', () => {
    expect(failureOf(new Error('a bug'))).toEqual({ code: 'internal', message: 'a bug' });
    expect(failureOf('thrown text')).toEqual({ code: 'internal', message: 'thrown text' });
  });
});
