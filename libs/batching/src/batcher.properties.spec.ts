import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BatchingWorld, type WorldEvent } from '../../../test/support/batching-world.js';

const documentLengths = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 20 });

const event: fc.Arbitrary<WorldEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('arrive' as const), lengths: documentLengths }) },
  { weight: 8, arbitrary: fc.constant({ kind: 'answer' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), which: fc.nat(2) }) },
);

it.each([1, 3])(
  'with %i engines loses nothing, scores nothing twice and keeps the budget, whatever arrives, leaves or dies in whatever order',
  async (engines) => {
    let violations: string[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const world = new BatchingWorld(engines);
        for (const each of events) await world.play(each);
        await world.finish();
        violations = world.violations();
        return violations.length === 0;
      }),
      { numRuns: 150 },
    );
    expect(violations).toEqual([]);
  },
  60_000,
);
