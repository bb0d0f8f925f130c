import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairTurns } from './fair-turns.js';
import { CLASS_WEIGHTS, PRIORITY_CLASSES, type PriorityClass } from './priority-classes.js';

const ROUND = 100;
const LEAD = 1000;
const MOST = 300;

/** Gives turns of these amounts to whom it is due; says who had them. */
function serve(turns: FairTurns, waiting: readonly PriorityClass[], amounts: readonly number[]): PriorityClass[] {
  const waits = (priorityClass: PriorityClass) => waiting.includes(priorityClass);
  return amounts.map((amount) => {
    const next = turns.next(waits)!;
    turns.took(next, amount);
    turns.settle(waits);
    return next;
  });
}

function totals(served: readonly PriorityClass[], amount: number): number[] {
  return PRIORITY_CLASSES.map((each) => amount * served.filter((other) => other === each).length);
}

describe('turns between classes', () => {
  it('are 4 : 2 : 1 while all of them wait, the highest first, and there is none where no class waits', () => {
    const turns = new FairTurns({ round: ROUND, lead: LEAD });
    const served = serve(turns, [0, 1, 2], Array<number>(70).fill(10));
    expect(served[0]).toBe(0);
    expect(totals(served, 1)).toEqual([40, 20, 10]);
    expect(turns.next(() => false)).toBeUndefined();
  });

  it('let a class that comes back make up for what a lower one had, as far as the lead goes', () => {
    const turns = new FairTurns({ round: ROUND, lead: LEAD });
    serve(turns, [2], Array<number>(100).fill(100));
    const served = serve(turns, [0, 2], Array<number>(64).fill(100));
    expect(served.indexOf(2)).toBe((4 * (LEAD + ROUND)) / 100);
    expect(totals(served.slice(44), 1)).toEqual([16, 0, 4]);
  });

  it('leave a class that comes back no claim on what a higher one had', () => {
    const turns = new FairTurns({ round: ROUND, lead: LEAD });
    serve(turns, [0], Array<number>(100).fill(100));
    expect(totals(serve(turns, [0, 2], Array<number>(50).fill(100)), 1)).toEqual([40, 0, 10]);
  });

  it('let none starve, however the others come and go: a class has its part less the lead, and less nothing against those below', () => {
    const event = fc.record({
      waiting: fc.subarray([...PRIORITY_CLASSES], { minLength: 1 }),
      amounts: fc.array(fc.integer({ min: 1, max: MOST }), { minLength: 1, maxLength: 30 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.constantFrom(...PRIORITY_CLASSES), (events, patient) => {
        const turns = new FairTurns({ round: ROUND, lead: LEAD });
        let had = [0, 0, 0];
        for (const { waiting, amounts } of events) {
          if (!waiting.includes(patient)) had = [0, 0, 0];
          serve(turns, waiting, amounts).forEach((each, turn) => {
            had[each]! += amounts[turn]! / CLASS_WEIGHTS[each];
          });
          if (!waiting.includes(patient)) had = [0, 0, 0];
          for (const other of PRIORITY_CLASSES) {
            const more = had[other]! - had[patient]!;
            expect(more).toBeLessThanOrEqual((other < patient ? LEAD : 0) + 2 * (MOST + ROUND));
          }
        }
      }),
    );
  });
});
