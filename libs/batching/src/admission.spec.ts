import { describe, expect, it } from 'vitest';
import { Admission, type QueueState } from './admission.js';

const EMPTY: QueueState = { waitingTokens: [], maxQueuedTokens: 100, secondsFor: () => 1 };

function watcher(rejections: string[] = []) {
  return { rejected: (reason: string) => void rejections.push(reason), requestsChanged: () => undefined };
}

describe('admission', () => {
  it('lets in as many requests as it may, and the next one when one left', () => {
    const rejections: string[] = [];
    const admission = new Admission(2, () => ({ ...EMPTY, secondsFor: () => 7 }), watcher(rejections));
    const first = admission.enter(0);
    admission.enter(0);
    expect(() => admission.enter(0)).toThrow(/at most 2 requests/u);
    first.leave();
    first.leave();
    admission.enter(0);
    expect(() => admission.enter(0)).toThrow(expect.objectContaining({ retryAfterSeconds: 7 }) as Error);
    expect(rejections).toEqual(['concurrent_requests', 'concurrent_requests']);
  });

  it('lets in nothing while the queue is full, with the limit in the message', () => {
    const rejections: string[] = [];
    const admission = new Admission(2, () => ({ ...EMPTY, waitingTokens: [60, 40] }), watcher(rejections));
    expect(() => admission.enter(0)).toThrow(/at most 100 tokens/u);
    expect(() => admission.requireRoom()).toThrow(/at most 100 tokens/u);
    expect(rejections).toEqual(['queued_tokens', 'queued_tokens']);
  });

  it('counts the tokens that are being made until they wait in the queue', () => {
    const waitingTokens: number[] = [];
    const admission = new Admission(9, () => ({ ...EMPTY, waitingTokens }), watcher());
    const first = admission.enter(90);
    const second = admission.enter(10);
    expect(() => admission.enter(10)).toThrow(/at most 100 tokens/u);
    first.tokenised(90);
    admission.enter(10).leave();
    waitingTokens.push(90);
    expect(() => admission.enter(10)).toThrow(/at most 100 tokens/u);
    second.leave();
    admission.enter(10);
  });

  it('tells when to come back by what waits and by what is being tokenised', () => {
    const queue = { ...EMPTY, waitingTokens: [40], secondsFor: (tokens: number) => tokens / 10 };
    const admission = new Admission(1, () => queue, watcher());
    admission.enter(110).tokenised(30);
    expect(() => admission.enter(0)).toThrow(expect.objectContaining({ retryAfterSeconds: 12 }) as Error);
  });

  it('refuses three documents neither behind a thousand, nor a thousand behind three', () => {
    const admission = new Admission(9, () => ({ ...EMPTY, maxQueuedTokens: 1000 }), watcher());
    admission.enter(35);
    admission.enter(10_000);
    admission.enter(35);
    expect(() => admission.enter(10_000)).toThrow(/at most 1000 tokens/u);
  });

  it('lets one wait in every case, also where nothing may', () => {
    const waitingTokens = [0];
    const admission = new Admission(9, () => ({ ...EMPTY, waitingTokens, maxQueuedTokens: 0 }), watcher());
    admission.enter(35);
    expect(() => admission.enter(35)).toThrow(/at most 0 tokens/u);
  });

  it('is drained when the last request has left, and takes none meanwhile', async () => {
    const admission = new Admission(2, () => EMPTY, watcher());
    const entry = admission.enter(10);
    const order: string[] = [];
    const drained = admission.drain().then(() => order.push('drained'));
    expect(() => admission.enter(10)).toThrow(expect.objectContaining({ code: 'shutting_down' }) as Error);
    await Promise.resolve();
    order.push('left');
    entry.leave();
    await drained;
    expect(order).toEqual(['left', 'drained']);
    await admission.drain();
  });
});
