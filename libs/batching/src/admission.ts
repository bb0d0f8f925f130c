import { QUANTUM_TOKENS } from './batch-planner.js';
import { QueueFullError, ShuttingDownError, withoutStack } from './errors.js';

/** What admission needs to know of the queue behind it. */
export interface QueueState {
  /** Tokens of each request that are not on their way to an engine. */
  readonly waitingTokens: readonly number[];
  /** Most tokens that may go before a request. */
  readonly maxQueuedTokens: number;
  /** Whole seconds, at least one, that the measured rate needs for so many tokens. */
  secondsFor(tokens: number): number;
}

export const REJECTION_REASONS = ['queued_tokens', 'concurrent_requests', 'model_not_ready', 'shutting_down'] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

export interface AdmissionObserver {
  rejected(reason: RejectionReason): void;
  /** Requests that are tokenised, wait or are scored. */
  requestsChanged(requests: number): void;
}

/** A request that was let in. */
export class Entry {
  constructor(
    /** Tokens that are being made and are not in the queue yet. */
    public expectedTokens: number,
    /** Ends the request; once is enough. */
    readonly leave: () => void,
  ) {}

  /** So many of the expected tokens are in the queue now, or never will be. */
  tokenised(tokens: number): void {
    this.expectedTokens -= tokens;
  }
}

/**
 * The door: counts requests from before they are tokenised until they are answered, and turns away what would only wait.
 * Here and nowhere behind it: refusing after tokenising would cost most where there is least to spare.
 */
export class Admission {
  private readonly inside = new Set<Entry>();
  private closed = false;
  private drained: (() => void) | undefined;

  constructor(
    private readonly maxRequests: number,
    private readonly queue: () => QueueState,
    private readonly observer: AdmissionObserver,
  ) {}

  /** Throws QueueFullError or ShuttingDownError where even a request of so few tokens would be refused. */
  requireRoom(tokens = 0): void {
    if (this.closed) {
      this.observer.rejected('shutting_down');
      throw new ShuttingDownError('the server takes no new requests');
    }
    const queue = this.queue();
    if (this.inside.size >= this.maxRequests) this.refuse('concurrent_requests', this.maxRequests, queue);
    const before = this.tokensBefore(tokens, queue);
    // Where nothing waits there is room, however long a slow device's batch takes.
    if (before > 0 && before >= queue.maxQueuedTokens) this.refuse('queued_tokens', queue.maxQueuedTokens, queue);
  }

  /** Lets in a request of about so many tokens. Throws what `requireRoom` throws. */
  enter(expectedTokens: number): Entry {
    this.requireRoom(expectedTokens);
    const entry = new Entry(expectedTokens, () => {
      if (this.inside.delete(entry)) this.changed();
    });
    this.inside.add(entry);
    this.changed();
    return entry;
  }

  /** Takes nothing new; resolves when everything inside has left. */
  async drain(): Promise<void> {
    this.closed = true;
    if (this.inside.size === 0) return;
    await new Promise<void>((resolve) => {
      this.drained = resolve;
    });
  }

  /**
   * What goes before a request of so many tokens, by taking turns: of each other one at most as many tokens. So a thousand
   * documents that wait are no reason to refuse three, and a request that is larger than the bound is not refused for ever.
   */
  private tokensBefore(tokens: number, { waitingTokens }: QueueState): number {
    const turns = Math.max(tokens, QUANTUM_TOKENS);
    let before = 0;
    for (const waiting of waitingTokens) before += Math.min(waiting, turns);
    for (const { expectedTokens } of this.inside) before += Math.min(expectedTokens, turns);
    return before;
  }

  /** What waits, and what is being tokenised and will: after a burst most of it is there. */
  private tokensToCome({ waitingTokens }: QueueState): number {
    let tokens = 0;
    for (const waiting of waitingTokens) tokens += waiting;
    for (const { expectedTokens } of this.inside) tokens += expectedTokens;
    return tokens;
  }

  private changed(): void {
    this.observer.requestsChanged(this.inside.size);
    if (this.inside.size === 0) this.drained?.();
  }

  private refuse(reason: 'queued_tokens' | 'concurrent_requests', limit: number, queue: QueueState): never {
    this.observer.rejected(reason);
    const seconds = queue.secondsFor(this.tokensToCome(queue));
    throw withoutStack(() => new QueueFullError(reason, Math.floor(limit), seconds));
  }
}
