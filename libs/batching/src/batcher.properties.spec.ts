import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Admission, PRIORITY_CLASSES, type Permit } from '#libs/admission';
import { BatchingWorld, SILENT, type WorldEvent } from '../../../test/support/batching-world.js';
import { documentsOf, ManualScorer, settle } from '../../../test/support/manual-scorer.js';
import type { SequenceBatch } from './batch-scorer.js';
import { Batcher } from './batcher.js';

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

/** A request is let in, the first of its class that was let in is tokenised, or the oldest batch is answered. */
const step = fc.record({
  kind: fc.constantFrom('enter' as const, 'submit' as const, 'answer' as const),
  priorityClass: fc.constantFrom(...PRIORITY_CLASSES),
});

const DOCUMENTS = 5;
const TOKENS = 20;

it('keeps no engine idle, and sends a batch ahead unless all that waits is of a lower class than what is being tokenised', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const scorer = new ManualScorer();
      const batcher = new Batcher({ maxQueueSeconds: 1000, now: () => 0 }, SILENT);
      const admission = admissionWithRoom();
      const tokenised = PRIORITY_CLASSES.map((): Permit[] => []);
      const waiting = PRIORITY_CLASSES.map(() => 0);
      let tooEarly = 0;
      const mayGoAhead = () => {
        const { coming } = admission;
        return coming === undefined || waiting.slice(0, coming + 1).some((documents) => documents > 0);
      };
      const engine = scorer.engine();
      const score = (batch: SequenceBatch) => {
        if (scorer.inFlight.length > 0 && !mayGoAhead()) tooEarly += 1;
        for (const [priorityClass] of documentsOf(batch)) waiting[priorityClass!]! -= 1;
        return engine.score(batch);
      };
      batcher.foresee(() => admission.coming);
      batcher.resume({ ...engine, score }, { maxBatchTokens: 3 * TOKENS, tokensPerSecond: 1e12 });
      for (const { kind, priorityClass } of steps) {
        if (kind === 'enter') tokenised[priorityClass]!.push(admission.enter(DOCUMENTS * TOKENS, priorityClass));
        if (kind === 'answer') scorer.inFlight[0]?.answer();
        const permit = kind === 'submit' ? tokenised[priorityClass]!.shift() : undefined;
        if (permit !== undefined) {
          permit.tokenised(DOCUMENTS * TOKENS);
          waiting[priorityClass]! += DOCUMENTS;
          const documents = Array.from({ length: DOCUMENTS }, () => new Int32Array(TOKENS).fill(priorityClass));
          void batcher.submit({ prefix: [], documents }, permit);
        }
        await settle();
        expect(tooEarly).toBe(0);
        // A permit alone sends nothing: what one held back is sent when the running batch is answered.
        const most = kind === 'answer' && mayGoAhead() ? 2 : 1;
        const least = waiting.some((documents) => documents > 0) ? most : 0;
        expect(scorer.inFlight.length).toBeGreaterThanOrEqual(least);
      }
    }),
    { numRuns: 300 },
  );
});

function admissionWithRoom(): Admission {
  const queue = { waiting: [], maxQueuedTokens: Infinity, secondsFor: () => 1 };
  return new Admission(Infinity, () => queue, { rejected: () => undefined, requestsChanged: () => undefined });
}
