import { expect, it } from 'vitest';
import type { PriorityClass } from '#libs/admission';
import { Batcher } from '#libs/batching';
import { LimitsConfig } from '#libs/config';
import type { ModelService } from '#libs/model-service';
import { ManualScorer, settle } from '../../../test/support/manual-scorer.js';
import { WorkAdmission } from './work-admission.js';

const ignore = () => undefined;
const OBSERVER = {
  rejected: ignore,
  requestsChanged: ignore,
  gaveUp: ignore,
  batchFinished: ignore,
  batchFailed: ignore,
  batchInterrupted: ignore,
  cancelled: ignore,
  queueChanged: ignore,
  scoresLookedUp: ignore,
};

it('keeps the place behind a batch free for documents of a higher class that are still tokenised', async () => {
  const scorer = new ManualScorer();
  const batcher = new Batcher({ maxQueueSeconds: 1000, now: () => 0 }, OBSERVER);
  batcher.resume(scorer.engine(), { maxBatchTokens: 1, tokensPerSecond: 1e12 });
  const admission = new WorkAdmission(new LimitsConfig(), { canScore: true } as ModelService, batcher, OBSERVER);
  const { signal } = new AbortController();
  const score = (document: number, priorityClass: PriorityClass, tokenising = Promise.resolve()) =>
    admission.admitted({ expectedTokens: 1, priorityClass }, signal, async (permit) => {
      await tokenising;
      permit.tokenised(1);
      return batcher.submit({ prefix: [], documents: [Int32Array.of(document)] }, permit);
    });
  const sent = () => scorer.sent.map(({ batch }) => batch.shares[0]!.documents[0]![0]);

  const answers = [score(1, 2), score(2, 2)];
  await settle();
  expect(sent()).toEqual([1, 2]); // Nothing else comes: the second one need not wait for the first.

  let tokenised: () => void = ignore;
  answers.push(score(3, 0, new Promise((resolve) => (tokenised = resolve))), score(4, 2));
  scorer.inFlight[0]!.answer();
  await settle();
  expect(sent()).toEqual([1, 2]);
  tokenised();
  await settle();
  expect(sent()).toEqual([1, 2, 3]);

  for (; scorer.inFlight.length > 0; await settle()) scorer.inFlight[0]!.answer();
  const scores = await Promise.all(answers);
  expect(scores.map(({ logits }) => logits[0])).toEqual([1, 2, 3, 4]);
});
