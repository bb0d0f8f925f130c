import { describe, expect, it, vi } from 'vitest';
import { documentsOf, ManualScorer, settle } from '../../../test/support/manual-scorer.js';
import { permitOf } from '../../../test/support/permit.js';
import type { BatchBudget } from './batch-size.js';
import type { SequenceBatch } from './batch-scorer.js';
import { Batcher, type BatcherOptions } from './batcher.js';
import type { FinishedBatch } from './batch-observer.js';

const NEVER = permitOf();
/** No batch takes time by prediction: the second one is sent with the first. */
const BUDGET = { maxBatchTokens: 100, tokensPerSecond: 1e12 };

/** Keeps what the batcher reports. */
class Log {
  readonly finished: FinishedBatch[] = [];
  readonly failed: (readonly string[])[] = [];
  queue = { tokens: 0, requests: 0 };
  interruptions = 0;
  cancellations = 0;

  batchFinished = (batch: FinishedBatch) => void this.finished.push(batch);
  batchFailed = ({ requests }: { requests: readonly string[] }) => void this.failed.push(requests);
  batchInterrupted = () => void (this.interruptions += 1);
  queueChanged = ({ tokens, requests }: { tokens: number; requests: number }) =>
    void (this.queue = { tokens, requests });
  cancelled = () => void (this.cancellations += 1);
}

function setUp(options: Partial<BatcherOptions> = {}) {
  const scorer = new ManualScorer();
  const log = new Log();
  const limits = { maxQueueSeconds: 60, now: () => 0, ...options };
  const batcher = new Batcher(limits, log);
  const resume = (budget: BatchBudget, engine = 0) => batcher.resume(scorer.engine(engine), budget, engine);
  const die = async () => {
    batcher.pause();
    scorer.die();
    await settle();
  };
  return { scorer, log, batcher, resume, die };
}

/** Both ready, with the same budget. */
function setUpTwo(options: Partial<BatcherOptions> = {}) {
  const world = setUp({ engines: 2, ...options });
  world.resume(BUDGET, 0);
  world.resume(BUDGET, 1);
  const enginesOf = () => world.scorer.sent.map(({ engine }) => engine);
  return { ...world, enginesOf };
}

/** A request of `count` documents of `tokens` tokens; the first id of document i is `first + i`. */
function request(count: number, { tokens = 10, first = 1, name = 'r' } = {}) {
  const documents = Array.from({ length: count }, (_, index) => new Int32Array(tokens).fill(first + index));
  return { prefix: [Int32Array.of(1), new Int32Array(5)], documents, name };
}

describe('the batcher', () => {
  it('sends nothing before the engine is there, then two batches, then the next when one is answered', async () => {
    const { scorer, batcher, resume } = setUp();
    const answer = batcher.submit(request(30), NEVER);
    expect(scorer.sent).toHaveLength(0);
    resume(BUDGET);
    expect(scorer.sent.map(({ batch }) => documentsOf(batch).length)).toEqual([9, 10]);
    scorer.inFlight[0]!.answer();
    await settle();
    expect(scorer.sent).toHaveLength(3);
    await scorer.answerAll();
    expect([...(await answer).logits]).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('sends the second batch when a quarter of the first one is left, with who arrived until then in it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const { scorer, batcher, resume } = setUp({ now: () => performance.now() });
      resume({ maxBatchTokens: 1000, tokensPerSecond: 1000 });
      void batcher.submit(request(300, { name: 'large' }), NEVER);
      await vi.advanceTimersByTimeAsync(700);
      void batcher.submit(request(3, { name: 'small' }), NEVER);
      expect(scorer.sent).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(100);
      expect(scorer.sent.map(({ batch }) => batch.shares.map(({ requestId }) => requestId))).toEqual([[1], [1, 2]]);
      await vi.advanceTimersByTimeAsync(5000);
      expect(scorer.sent).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('sends smaller batches once memory was short', async () => {
    const { scorer, batcher, resume } = setUp();
    resume(BUDGET);
    void batcher.submit(request(30), NEVER);
    batcher.shrink(20);
    scorer.inFlight[0]!.answer();
    await settle();
    expect(scorer.sent.map(({ batch }) => documentsOf(batch).length)).toEqual([9, 10, 2]);
  });

  it('says `last` with the last documents of a request only', () => {
    const { scorer, batcher, resume } = setUp();
    resume(BUDGET);
    void batcher.submit(request(12), NEVER);
    expect(scorer.sent.map(({ batch }) => batch.shares[0]!.last)).toEqual([false, true]);
  });

  it('removes what a client that left had waiting, at once, and lets the engine drop the prefix after the last batch', async () => {
    const { scorer, log, batcher, resume } = setUp();
    resume(BUDGET);
    const client = new AbortController();
    const answer = batcher.submit(request(100), permitOf(client.signal));
    const failure = reasonOf(answer);
    client.abort(new Error('gone'));
    expect(log.queue).toEqual({ tokens: 0, requests: 1 });
    expect(await failure).toMatchObject({ message: 'gone' });
    expect(scorer.released).toEqual([]);
    for (const sent of scorer.inFlight) sent.answer();
    await settle();
    expect(scorer.sent).toHaveLength(2);
    expect(scorer.released).toEqual([1]);
    expect(log.queue.requests).toBe(0);
  });

  it('says what waits, and how long it takes', () => {
    const { batcher, resume } = setUp({ maxQueuedTokens: 4000 });
    resume({ maxBatchTokens: 10, tokensPerSecond: 1000 });
    batcher.pause();
    for (let sent = 0; sent < 2; sent += 1) void batcher.submit(request(300), NEVER);
    const [first, second] = waitingTokens(batcher);
    expect(batcher.queue.maxQueuedTokens).toBe(4000);
    expect(batcher.queue.secondsFor(first! + second!)).toBe(Math.ceil((first! + second!) / 1000));
    expect(second).toBe(3005);
  });

  it('counts what is left of the batches in flight against a bound in seconds', () => {
    let nowMs = 0;
    const { scorer, batcher, resume } = setUp({ maxQueueSeconds: 1, now: () => nowMs });
    resume({ maxBatchTokens: 2000, tokensPerSecond: 1000 });
    void batcher.submit(request(199), NEVER);
    expect(scorer.sent).toHaveLength(1);
    expect(batcher.queue).toMatchObject({ waiting: [{ queuedTokens: 0 }], maxQueuedTokens: 0 });
    void batcher.submit(request(3), NEVER);
    expect(waitingTokens(batcher)).toEqual([0, 35]);
    nowMs = 1200;
    expect(batcher.queue.maxQueuedTokens).toBeGreaterThan(35);
  });

  it('fails the requests of a batch that the engine refused, and no others', async () => {
    const { scorer, log, batcher, resume } = setUp();
    resume(BUDGET);
    const bad = batcher.submit(request(9, { name: 'bad' }), NEVER);
    const good = batcher.submit(request(3, { name: 'good' }), NEVER);
    const failure = reasonOf(bad);
    scorer.inFlight[0]!.fail(new Error('no number'));
    expect(await failure).toMatchObject({ message: 'no number' });
    scorer.inFlight[0]!.answer();
    expect((await good).logits).toHaveLength(3);
    expect(log.failed).toEqual([['bad']]);
    expect(log.queue).toEqual({ tokens: 0, requests: 0 });
  });
});

describe('with two engines', () => {
  it('sends to the one with less to do, and a large request to both', async () => {
    const { scorer, batcher, enginesOf } = setUpTwo();
    const small = [request(2, { first: 1 }), request(4, { first: 10 }), request(2, { first: 20 })];
    const answers = small.map((each) => batcher.submit(each, NEVER));
    expect(enginesOf()).toEqual([0, 1, 0]);
    const large = batcher.submit(request(40, { first: 100 }), NEVER);
    await scorer.answerAll();
    expect([...(await answers[1]!).logits]).toEqual([10, 11, 12, 13]);
    expect([...(await large).logits]).toEqual(Array.from({ length: 40 }, (_, index) => 100 + index));
    expect(new Set(enginesOf().slice(3))).toEqual(new Set([0, 1]));
  });

  it('sends the rest of a request to the one that holds its prefix, though the other has less to do', async () => {
    // A batch takes a second by prediction: each engine has one at a time until its end is near.
    const { scorer, batcher, enginesOf, resume } = setUpTwo();
    resume({ maxBatchTokens: 100, tokensPerSecond: 100 }, 0);
    resume({ maxBatchTokens: 100, tokensPerSecond: 100 }, 1);
    void batcher.submit(request(9, { first: 50 }), NEVER);
    void batcher.submit(request(12, { first: 1 }), NEVER); // 9 documents are sent, and 3 wait
    void batcher.submit(request(2, { first: 80 }), NEVER);
    expect(enginesOf()).toEqual([0, 1]);
    scorer.inFlight[0]!.answer();
    await settle();
    scorer.inFlight[0]!.answer();
    await settle();
    const firstIds = scorer.sent.map(({ batch }) => documentsOf(batch).map((ids) => ids[0]));
    expect(enginesOf()).toEqual([0, 1, 0, 1]);
    expect(firstIds.slice(2)).toEqual([
      [80, 81],
      [10, 11, 12],
    ]);
  });

  it('lets every engine that holds a prefix drop it', async () => {
    const { scorer, batcher, enginesOf } = setUpTwo();
    const controller = new AbortController();
    const failure = reasonOf(batcher.submit(request(60), permitOf(controller.signal)));
    expect(new Set(enginesOf())).toEqual(new Set([0, 1]));
    controller.abort(new Error('left'));
    expect(await failure).toMatchObject({ message: 'left' });
    await scorer.answerAll();
    expect(scorer.released).toEqual([1, 1]);
    expect(scorer.releasedOn.toSorted((a, b) => a - b)).toEqual([0, 1]);
  });

  it('goes on with one while the other is away, and takes over what that one owed', async () => {
    const { scorer, log, batcher, die } = setUpTwo();
    const answer = batcher.submit(request(30), NEVER);
    await die();
    await scorer.answerAll();
    expect([...(await answer).logits]).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(log.interruptions).toBeGreaterThan(0);
    expect(waitingTokens(batcher)).toEqual([]);
  });

  it('counts on the rates of both for the queue, and on one while the other is away', async () => {
    const { batcher, resume } = setUpTwo({ maxQueueSeconds: 2 });
    resume({ maxBatchTokens: 100, tokensPerSecond: 100 }, 0);
    resume({ maxBatchTokens: 100, tokensPerSecond: 300 }, 1);
    expect(batcher.queue.maxQueuedTokens).toBe(800);
    batcher.pause(1);
    expect(batcher.queue.maxQueuedTokens).toBe(200);
  });
});

describe('when the engine ends', () => {
  it('waits for the next engine and sends the same documents again', async () => {
    const { scorer, log, batcher, resume, die } = setUp();
    resume(BUDGET);
    const answer = batcher.submit(request(30), NEVER);
    await die();
    expect(scorer.sent).toHaveLength(2);
    expect(log.queue.tokens).toBe(305);
    resume(BUDGET);
    await scorer.answerAll();
    expect([...(await answer).logits]).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(scorer.scored).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(log.interruptions).toBe(2);
  });

  it('fails alone the request that ended two engines, by name; those that shared its batch are answered', async () => {
    const { scorer, log, batcher, resume, die } = setUp();
    batcher.pause();
    const poison = batcher.submit(request(2, { first: 666, name: 'poison' }), NEVER);
    const neighbour = batcher.submit(request(2, { first: 1, name: 'neighbour' }), NEVER);
    const failure = reasonOf(poison);
    for (let engines = 0; engines < 3; engines += 1) {
      resume(BUDGET);
      await scorer.answerAll(() => isPoison(scorer.inFlight[0]!.batch));
      await die();
    }
    expect(await failure).toMatchObject({ code: 'engine_gone' });
    expect([...(await neighbour).logits]).toEqual([1, 2]);
    expect(log.failed).toEqual([['poison']]);
    expect(log.queue).toEqual({ tokens: 0, requests: 0 });
  });

  it('fails no request for one behind it that ends engines as soon as it is there', async () => {
    const { scorer, log, batcher, resume, die } = setUp();
    const innocent = batcher.submit(request(9, { name: 'innocent' }), NEVER);
    const failure = reasonOf(batcher.submit(request(9, { first: 666, name: 'poison' }), NEVER));
    for (let engines = 0; engines < 4; engines += 1) {
      resume(BUDGET);
      await scorer.answerAll(() => scorer.inFlight.some(({ batch }) => isPoison(batch)));
      await die();
    }
    expect(await failure).toMatchObject({ code: 'engine_gone' });
    expect((await innocent).logits).toHaveLength(9);
    expect(log.failed).toEqual([['poison']]);
    expect(log.queue).toEqual({ tokens: 0, requests: 0 });
  });

  it('sends nothing again of a request whose deadline passed meanwhile', async () => {
    const { scorer, log, batcher, resume, die } = setUp();
    resume(BUDGET);
    const deadline = new AbortController();
    const failure = reasonOf(batcher.submit(request(30), permitOf(deadline.signal)));
    await die();
    deadline.abort(new Error('too late'));
    expect(await failure).toMatchObject({ message: 'too late' });
    expect(log.queue).toEqual({ tokens: 0, requests: 0 });
    resume(BUDGET);
    expect(scorer.sent).toHaveLength(2);
  });
});

function waitingTokens({ queue }: Batcher): readonly number[] {
  return queue.waiting.map(({ queuedTokens }) => queuedTokens);
}

function isPoison(batch: SequenceBatch): boolean {
  return documentsOf(batch).some((ids) => ids[0] === 666);
}

/** Takes a rejection before anybody awaits it. */
function reasonOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => undefined,
    (error: unknown) => error,
  );
}
