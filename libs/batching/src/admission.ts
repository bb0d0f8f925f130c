import { QueueFullError, ShuttingDownError, withoutStack } from './errors.js';

/** What admission needs to know of the queue behind it. */
export interface QueueState {
  readonly isFull: boolean;
  /** Most tokens that may wait. */
  readonly maxQueuedTokens: number;
  /** What the measured rate needs to drain the queue. */
  readonly secondsToDrain: number;
}

export const REJECTION_REASONS = ['queued_tokens', 'concurrent_requests', 'model_not_ready', 'shutting_down'] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

export interface AdmissionObserver {
  rejected(reason: RejectionReason): void;
  /** Requests that are tokenised, wait or are scored. */
  requestsChanged(requests: number): void;
}

/**
 * The door: counts requests from before they are tokenised until they are answered, and turns away what would only wait.
 * Refusing here costs nothing; refusing after tokenising would cost most where there is least to spare.
 */
export class Admission {
  private inside = 0;
  private closed = false;
  private drained: (() => void) | undefined;

  constructor(
    private readonly maxRequests: number,
    private readonly queue: () => QueueState,
    private readonly observer: AdmissionObserver,
  ) {}

  /** Throws QueueFullError or ShuttingDownError. */
  requireRoom(): void {
    if (this.closed) {
      this.observer.rejected('shutting_down');
      throw new ShuttingDownError('the server takes no new requests');
    }
    const { isFull, maxQueuedTokens, secondsToDrain } = this.queue();
    if (this.inside >= this.maxRequests) this.refuse('concurrent_requests', this.maxRequests, secondsToDrain);
    if (isFull) this.refuse('queued_tokens', maxQueuedTokens, secondsToDrain);
  }

  /** Answers the function that ends the request. Throws what `requireRoom` throws. */
  enter(): () => void {
    this.requireRoom();
    this.count(1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.count(-1);
      if (this.inside === 0) this.drained?.();
    };
  }

  /** Takes nothing new; resolves when everything inside has left. */
  async drain(): Promise<void> {
    this.closed = true;
    if (this.inside === 0) return;
    await new Promise<void>((resolve) => {
      this.drained = resolve;
    });
  }

  private count(change: 1 | -1): void {
    this.inside += change;
    this.observer.requestsChanged(this.inside);
  }

  private refuse(reason: 'queued_tokens' | 'concurrent_requests', limit: number, secondsToDrain: number): never {
    this.observer.rejected(reason);
    throw withoutStack(() => new QueueFullError(reason, Math.floor(limit), secondsToDrain));
  }
}
