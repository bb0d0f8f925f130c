import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Admission, type QueueState } from './admission.js';
import { PRIORITY_CLASSES, type PriorityClass } from './priority-classes.js';

const EMPTY: QueueState = { waiting: [], maxQueuedTokens: 100, secondsFor: () => 1 };

/** Requests of the highest class. */
function waitingOf(...tokens: readonly number[]): QueueState['waiting'] {
  return tokens.map((queuedTokens) => ({ queuedTokens, priorityClass: 0 }));
}

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
    const admission = new Admission(2, () => ({ ...EMPTY, waiting: waitingOf(60, 40) }), watcher(rejections));
    expect(() => admission.enter(0)).toThrow(/at most 100 tokens/u);
    expect(() => admission.requireRoom()).toThrow(/at most 100 tokens/u);
    expect(rejections).toEqual(['queued_tokens', 'queued_tokens']);
  });

  it('counts the tokens that are being made until they wait in the queue', () => {
    let waiting = waitingOf();
    const admission = new Admission(9, () => ({ ...EMPTY, waiting }), watcher());
    const first = admission.enter(90);
    const second = admission.enter(10);
    expect(() => admission.enter(10)).toThrow(/at most 100 tokens/u);
    first.tokenised(90);
    admission.enter(10).leave();
    waiting = waitingOf(90);
    expect(() => admission.enter(10)).toThrow(/at most 100 tokens/u);
    second.leave();
    admission.enter(10);
  });

  it('knows the highest class of which tokens are being made', () => {
    const admission = new Admission(9, () => EMPTY, watcher());
    expect(admission.coming).toBeUndefined();
    admission.enter(10, 2);
    const [urgent, next] = [admission.enter(10, 0), admission.enter(10, 1)];
    expect(admission.coming).toBe(0);
    urgent.tokenised(10);
    expect(admission.coming).toBe(1);
    next.leave();
    expect(admission.coming).toBe(2);
  });

  it('tells when to come back by what waits and by what is being tokenised', () => {
    const queue = { ...EMPTY, waiting: waitingOf(40), secondsFor: (tokens: number) => tokens / 10 };
    const admission = new Admission(1, () => queue, watcher());
    admission.enter(110).tokenised(30);
    expect(() => admission.enter(0)).toThrow(expect.objectContaining({ retryAfterSeconds: 12 }) as Error);
  });

  it('gives permits that end with their caller, with their time, or with a reason, and say which', () => {
    vi.useFakeTimers();
    try {
      const admission = new Admission(9, () => EMPTY, watcher());
      const caller = new AbortController();
      const left = admission.enter(1, 0, { signal: caller.signal, timeoutMs: 1000 });
      const late = admission.enter(1, 1, { signal: new AbortController().signal, timeoutMs: 1000 });
      const done = admission.enter(1, 0, { timeoutMs: 1000 });
      expect([left.gaveUp, left.priorityClass, late.priorityClass]).toEqual([undefined, 0, 1]);
      caller.abort(new Error('hung up'));
      done.leave();
      vi.advanceTimersByTime(1000);
      expect([left.gaveUp, late.gaveUp, done.gaveUp]).toEqual(['client_gone', 'timeout', undefined]);
      expect(left.signal.reason).toEqual(new Error('hung up'));
      expect(late.signal.reason).toMatchObject({ code: 'deadline_passed' });
      done.leave(new Error('another query failed'));
      expect(done.signal.reason).toEqual(new Error('another query failed'));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives one to a caller who left already, which is over', () => {
    const admission = new Admission(9, () => EMPTY, watcher());
    const permit = admission.enter(1, 0, { signal: AbortSignal.abort(new Error('hung up')) });
    expect(permit.gaveUp).toBe('client_gone');
  });

  it('does not count what the server does for itself', () => {
    const counts: number[] = [];
    const observer = { ...watcher(), requestsChanged: (requests: number) => void counts.push(requests) };
    const admission = new Admission(1, () => EMPTY, observer);
    const own = admission.forServer();
    admission.enter(1).leave();
    own.leave();
    expect(counts).toEqual([1, 0]);
  });

  it('refuses three documents neither behind a thousand, nor a thousand behind three', () => {
    const admission = new Admission(9, () => ({ ...EMPTY, maxQueuedTokens: 1000 }), watcher());
    admission.enter(35);
    admission.enter(10_000);
    admission.enter(35);
    expect(() => admission.enter(10_000)).toThrow(/at most 1000 tokens/u);
  });

  it('lets one wait in every case, also where nothing may', () => {
    const waiting = waitingOf(0);
    const admission = new Admission(9, () => ({ ...EMPTY, waiting, maxQueuedTokens: 0 }), watcher());
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

  it('keeps half of the room free for the classes above the lowest, and a quarter for the highest', () => {
    const admission = new Admission(8, () => ({ ...EMPTY, maxQueuedTokens: 1000 }), watcher());
    const mostOf = (priorityClass: PriorityClass) => {
      const entries = [];
      for (;;) {
        try {
          entries.push(admission.enter(1, priorityClass));
        } catch {
          break;
        }
      }
      for (const entry of entries) entry.leave();
      return entries.length;
    };
    expect(PRIORITY_CLASSES.map(mostOf)).toEqual([8, 6, 4]);
  });

  it('refuses no request while it would take one as large of a lower class', () => {
    const request = fc.record({ queuedTokens: fc.nat(3000), priorityClass: fc.constantFrom(...PRIORITY_CLASSES) });
    const world = fc.record({
      waiting: fc.array(request, { maxLength: 30 }),
      inside: fc.array(request, { maxLength: 12 }),
      maxQueuedTokens: fc.nat(20_000),
      tokens: fc.nat(3000),
    });
    fc.assert(
      fc.property(world, ({ waiting, inside, maxQueuedTokens, tokens }) => {
        const admission = new Admission(10, () => ({ ...EMPTY, waiting, maxQueuedTokens }), watcher());
        for (const { queuedTokens, priorityClass } of inside) {
          if (hasRoom(admission, queuedTokens, priorityClass)) admission.enter(queuedTokens, priorityClass);
        }
        const rooms = PRIORITY_CLASSES.map((priorityClass) => hasRoom(admission, tokens, priorityClass));
        expect(rooms).toEqual(rooms.toSorted((a, b) => Number(b) - Number(a)));
      }),
    );
  });

  it('counts of a lower class no more than its turns beside those of the request', () => {
    const batch = { queuedTokens: 1_000_000, priorityClass: 2 } as const;
    const queue = { ...EMPTY, waiting: Array.from({ length: 50 }, () => batch), maxQueuedTokens: 600 };
    const admission = new Admission(9, () => queue, watcher());
    expect(hasRoom(admission, 2000, 0)).toBe(true);
    expect(hasRoom(admission, 2000, 1)).toBe(false);
  });
});

function hasRoom(admission: Admission, tokens: number, priorityClass: PriorityClass): boolean {
  try {
    admission.requireRoom(tokens, priorityClass);
    return true;
  } catch {
    return false;
  }
}
