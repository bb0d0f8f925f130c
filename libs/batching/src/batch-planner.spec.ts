import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  planBatch,
  QUANTUM_TOKENS,
  type BatchLimits,
  type PlannedShare,
  type WaitingRequest,
} from './batch-planner.js';

function waiting(requestId: number, costs: readonly number[]): WaitingRequest {
  return { requestId, costs, next: 0, deficit: 0, interrupted: false };
}

/** Plans until nobody waits. */
function planAll(requests: readonly WaitingRequest[], limits: BatchLimits): (readonly PlannedShare[])[] {
  const batches: (readonly PlannedShare[])[] = [];
  for (let left = requests; left.length > 0;) {
    const plan = planBatch(left, limits);
    if (plan.shares.length === 0) throw new Error('a plan without documents would never end');
    batches.push(plan.shares);
    left = plan.waiting;
  }
  return batches;
}

const NO_CAP = { documents: Infinity };

describe('planBatch', () => {
  it.each([
    ['documents until the budget', [[300, 300, 300]], { tokens: 700, ...NO_CAP }, [[[1, 0, 2]], [[1, 2, 3]]]],
    ['a longer document alone', [[2000, 10]], { tokens: 512, ...NO_CAP }, [[[1, 0, 1]], [[1, 1, 2]]]],
    ['no more documents than the cap', [[1, 1, 1]], { tokens: 512, documents: 2 }, [[[1, 0, 2]], [[1, 2, 3]]]],
    [
      'two requests together',
      [[10], [20]],
      { tokens: 512, ...NO_CAP },
      [
        [
          [1, 0, 1],
          [2, 0, 1],
        ],
      ],
    ],
    [
      'a small request whole, before the rest of a large one',
      [Array(20).fill(100), [30, 30, 30]],
      { tokens: 700, ...NO_CAP },
      [
        [
          [1, 0, 5],
          [2, 0, 3],
          [1, 5, 6],
        ],
        [[1, 6, 13]],
        [[1, 13, 20]],
      ],
    ],
  ])('takes %s', (_name, costs, limits, expected) => {
    const requests = costs.map((each, index) => waiting(index + 1, each));
    const batches = planAll(requests, limits);
    // Shares of a request that took several turns in one batch are one share.
    const merged = expected.map((shares) => merge(shares as [number, number, number][]));
    expect(batches.map((shares) => shares.map(({ requestId, from, to }) => [requestId, from, to]))).toEqual(merged);
  });

  it('plans every document once, within the budget, at the price it counts', () => {
    fc.assert(
      fc.property(requestsOf, limitsOf, (costs, limits) => {
        const requests = costs.map((each, index) => waiting(index, each));
        const taken = new Map<number, number>();
        for (const shares of planAll(requests, limits)) {
          let tokens = 0;
          let documents = 0;
          for (const share of shares) {
            expect(share.from).toBe(taken.get(share.requestId) ?? 0);
            taken.set(share.requestId, share.to);
            const price = costs[share.requestId]!.slice(share.from, share.to).reduce((sum, cost) => sum + cost, 0);
            expect(share.tokens).toBe(price);
            tokens += price;
            documents += share.to - share.from;
          }
          expect(documents === 1 || tokens <= limits.tokens).toBe(true);
          expect(documents).toBeLessThanOrEqual(limits.documents);
        }
        expect(costs.map((_, id) => taken.get(id))).toEqual(costs.map((each) => each.length));
      }),
    );
  });

  it('serves a request of one quantum after at most a quantum and a document of each other one', () => {
    fc.assert(
      fc.property(requestsOf, limitsOf, fc.integer({ min: 1, max: QUANTUM_TOKENS }), (costs, limits, small) => {
        const requests = [...costs, [small]].map((each, index) => waiting(index, each));
        const batches = planAll(requests, limits);
        const place = batches.findIndex((shares) => shares.some(({ requestId }) => requestId === costs.length));
        const before = batches.slice(0, place).flat();
        costs.forEach((each, id) => {
          const tokens = before
            .filter(({ requestId }) => requestId === id)
            .reduce((sum, share) => sum + share.tokens, 0);
          expect(tokens).toBeLessThanOrEqual(QUANTUM_TOKENS + Math.max(...each));
        });
      }),
    );
  });
});

const requestsOf = fc.array(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 30 }), {
  minLength: 1,
  maxLength: 8,
});

const limitsOf = fc.record({
  tokens: fc.integer({ min: 1, max: 2048 }),
  documents: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 16 })),
});

function merge(shares: readonly [number, number, number][]): number[][] {
  const merged = new Map<number, number[]>();
  for (const [id, from, to] of shares) merged.set(id, [id, merged.get(id)?.[1] ?? from, to]);
  return [...merged.values()];
}
