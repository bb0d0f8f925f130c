import { describe, expect, it } from 'vitest';
import { Admission, type QueueState } from './admission.js';

const EMPTY: QueueState = { isFull: false, maxQueuedTokens: 100, secondsToDrain: 1 };

function watcher(rejections: string[] = []) {
  return { rejected: (reason: string) => void rejections.push(reason), requestsChanged: () => undefined };
}

describe('admission', () => {
  it('lets in as many requests as it may, and the next one when one left', () => {
    const rejections: string[] = [];
    const admission = new Admission(2, () => ({ ...EMPTY, secondsToDrain: 7 }), watcher(rejections));
    const leave = admission.enter();
    admission.enter();
    expect(() => admission.enter()).toThrow(/at most 2 requests/u);
    leave();
    leave();
    admission.enter();
    expect(() => admission.enter()).toThrow(expect.objectContaining({ retryAfterSeconds: 7 }) as Error);
    expect(rejections).toEqual(['concurrent_requests', 'concurrent_requests']);
  });

  it('lets in nothing while the queue is full, with the limit in the message', () => {
    const admission = new Admission(2, () => ({ ...EMPTY, isFull: true }), watcher());
    expect(() => admission.enter()).toThrow(/at most 100 tokens/u);
  });

  it('is drained when the last request has left, and takes none meanwhile', async () => {
    const admission = new Admission(2, () => EMPTY, watcher());
    const leave = admission.enter();
    const order: string[] = [];
    const drained = admission.drain().then(() => order.push('drained'));
    expect(() => admission.enter()).toThrow(expect.objectContaining({ code: 'shutting_down' }) as Error);
    await Promise.resolve();
    order.push('left');
    leave();
    await drained;
    expect(order).toEqual(['left', 'drained']);
    await admission.drain();
  });
});
