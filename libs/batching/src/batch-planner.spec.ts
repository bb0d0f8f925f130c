import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLASS_WEIGHTS, PRIORITY_CLASSES, QUANTUM_TOKENS, type PriorityClass } from '#libs/admission';
import { planBatch, type BatchLimits } from './batch-planner.js';
import type { Share } from './batch.js';
import { EMPTY_LINE, joined, type WaitingLine } from './waiting-line.js';

interface Arrival {
  readonly requestId: number;
  readonly priorityClass: PriorityClass;
  readonly costs: readonly number[];
  readonly alone?: boolean;
}

function waiting(requestId: number, costs: readonly number[], priorityClass: PriorityClass = 0): Arrival {
  return { requestId, priorityClass, costs };
}

type NumberedShare = ReturnType<typeof numberedShares>[number];

/** Plans until no request waits. */
function planAll(requests: readonly Arrival[], limits: BatchLimits): (readonly NumberedShare[])[] {
  return batchesOf(requests.reduce<WaitingLine<Arrival>>(joined, EMPTY_LINE), limits);
}

function numberedShares(shares: readonly Share<Arrival>[]) {
  return shares.map(({ request: { requestId }, from, to, tokens }) => ({ requestId, from, to, tokens }));
}

function batchesOf(waitingLine: WaitingLine<Arrival>, limits: BatchLimits): (readonly NumberedShare[])[] {
  const batches: (readonly NumberedShare[])[] = [];
  for (let line = waitingLine; line.requests.length > 0;) {
    const plan = planBatch(line, limits);
    if (plan.shares.length === 0) throw new Error('a plan without documents would never end');
    batches.push(numberedShares(plan.shares));
    line = plan.line;
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

  it('takes the documents of a request that is alone as if no other one waited', () => {
    fc.assert(
      fc.property(requestsOf, requestsOf, limitsOf, (before, after, limits) => {
        const alone = { ...waiting(before.length, Array<number>(20).fill(100)), alone: true };
        const others = (costs: readonly number[], index: number) => ({
          ...waiting(index, costs),
          alone: index % 2 > 0,
        });
        const requests = [
          ...before.map(others),
          alone,
          ...after.map((costs, index) => others(costs, before.length + 1 + index)),
        ];
        const batches = planAll(requests, limits).filter((shares) =>
          shares.some(({ requestId }) => requestId === alone.requestId),
        );
        expect(batches).toEqual(planAll([alone], limits));
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

describe('priority classes', () => {
  it('share the tokens 4 : 2 : 1 while all of them wait, whatever the size of requests and batches', () => {
    fc.assert(
      fc.property(fc.tuple(manyOf(0), manyOf(1), manyOf(2)), limitsOf, (arrivals, limits) => {
        const requests = numbered(arrivals.flat());
        const left = PRIORITY_CLASSES.map((each) => tokensIn(requests.filter((r) => r.priorityClass === each)));
        const taken = [0, 0, 0];
        for (const share of planAll(requests, limits).flat()) {
          // A turn that used up a class's last documents ends the comparison.
          if (left.some((tokens) => tokens <= 0)) return;
          const { priorityClass } = requests[share.requestId]!;
          taken[priorityClass]! += share.tokens;
          left[priorityClass]! -= share.tokens;
          if (left.some((tokens) => tokens <= 0)) return;
          const rounds = taken.map((tokens, each) => tokens / CLASS_WEIGHTS[each]!);
          // A share is all that a request takes in a batch: several turns, at most a batch.
          const slack = 2 * QUANTUM_TOKENS + 2 * LARGEST + (limits.tokens === Infinity ? 0 : limits.tokens);
          expect(Math.max(...rounds) - Math.min(...rounds)).toBeLessThanOrEqual(slack);
        }
      }),
    );
  });

  it('lets none starve: before a small request of the lowest class others get at most a round and a document', () => {
    fc.assert(
      fc.property(manyOf(0), manyOf(1), limitsOf, (high, middle, limits) => {
        const requests = numbered([...high, ...middle, waiting(0, [QUANTUM_TOKENS], 2)]);
        const batches = planAll(requests, limits);
        const place = batches.findIndex((shares) => shares.some(({ requestId }) => requestId === requests.length - 1));
        const before = batches
          .slice(0, place)
          .flat()
          .reduce((sum, { tokens }) => sum + tokens, 0);
        const round = (CLASS_WEIGHTS[0] + CLASS_WEIGHTS[1]) * QUANTUM_TOKENS;
        expect(before).toBeLessThanOrEqual(round + 2 * (QUANTUM_TOKENS + LARGEST));
      }),
    );
  });

  it('serves a request of the highest class before what is left of those below, though they came first', () => {
    const requests = [waiting(1, Array<number>(40).fill(100), 2), waiting(2, [400, 400, 400], 0)];
    const [first] = planAll(requests, { tokens: 1200, documents: Infinity });
    expect(first!.map(({ requestId }) => requestId)).toEqual([2]);
  });

  it('does not make the batch of a small urgent request longer with documents of a lower class', () => {
    const requests = [waiting(1, Array<number>(40).fill(100), 2), waiting(2, [100, 100, 100], 0)];
    const [first, second] = planAll(requests, { tokens: 1200, documents: Infinity });
    expect(first).toEqual([{ requestId: 2, from: 0, to: 3, tokens: 300 }]);
    expect(second).toEqual([{ requestId: 1, from: 0, to: 12, tokens: 1200 }]);
  });

  it('gives a request of the highest class eight batches of its own where a lower one had two to itself until now', () => {
    const limits = { tokens: 1000, documents: Infinity };
    let line: WaitingLine<Arrival> = joined(EMPTY_LINE, waiting(1, Array<number>(100).fill(100), 2));
    for (let batch = 0; batch < 3; batch += 1) ({ line } = planBatch(line, limits));
    const urgent = waiting(2, Array<number>(100).fill(100));
    const batches = batchesOf(joined(line, urgent), limits).map((shares) => shares.map(({ requestId }) => requestId));
    expect(batches.slice(0, 9)).toEqual([...Array.from({ length: 8 }, () => [2]), [2, 1]]);
  });
});

const LARGEST = 700;

function manyOf(priorityClass: PriorityClass): fc.Arbitrary<Arrival[]> {
  const costs = fc.array(fc.integer({ min: 1, max: LARGEST }), { minLength: 1, maxLength: 30 });
  return fc
    .array(costs, { minLength: 1, maxLength: 8 })
    .map((all) => all.map((each) => waiting(0, each, priorityClass)));
}

function numbered(requests: readonly Arrival[]): Arrival[] {
  return requests.map(({ costs, priorityClass }, requestId) => waiting(requestId, costs, priorityClass));
}

function tokensIn(requests: readonly Arrival[]): number {
  return requests.reduce((sum, { costs }) => sum + costs.reduce((total, cost) => total + cost, 0), 0);
}

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
