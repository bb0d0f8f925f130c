import { Deadline, type Limits } from './deadline.js';
import { QueueFullError, ShuttingDownError, withoutStack } from './errors.js';
import { LoopTurns } from './loop-turns.js';
import { Permit, type PermitTimes } from './permit.js';
import { CLASS_ROOM, PRIORITY_CLASSES, type PriorityClass } from './priority-classes.js';
import { TokensBefore } from './tokens-before.js';

/** What admission needs to know of the queue behind it. */
export interface QueueState {
  /** Of each request, the tokens that are not on their way to an engine. */
  readonly waiting: readonly { readonly queuedTokens: number; readonly priorityClass: PriorityClass }[];
  /** Most tokens that may go before a request. */
  readonly maxQueuedTokens: number;
  /** Whole seconds, at least one, that the measured rate needs for this many tokens. */
  secondsFor(tokens: number): number;
}

export const REJECTION_REASONS = ['queued_tokens', 'concurrent_requests', 'model_not_ready', 'shutting_down'] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

export interface AdmissionObserver {
  rejected(reason: RejectionReason, priorityClass: PriorityClass): void;
  /** Requests that are tokenised, wait or are scored. */
  requestsChanged(requests: number): void;
}

/**
 * Counts requests from before they are tokenised until they are answered, and refuses what would only wait.
 * Here and nowhere behind it: refusing after tokenising would cost most where there is least to spare.
 */
export class Admission {
  private readonly inside = new Set<Permit>();
  private readonly turns = new LoopTurns();
  private closed = false;
  private drained: (() => void) | undefined;

  constructor(
    private readonly maxRequests: number,
    private readonly queue: () => QueueState,
    private readonly observer: AdmissionObserver,
  ) {}

  /**
   * Throws a NotAdmittedError where even a request of so few tokens would be refused. Where there is room for a class, there is for
   * the classes above it.
   */
  requireRoom(tokens = 0, priorityClass: PriorityClass = 0): void {
    if (this.closed) {
      this.observer.rejected('shutting_down', priorityClass);
      throw new ShuttingDownError();
    }
    const queue = this.queue();
    const room = CLASS_ROOM[priorityClass];
    const mostRequests = Math.ceil(room * this.maxRequests);
    if (this.inside.size >= mostRequests) this.refuse('concurrent_requests', mostRequests, { queue, priorityClass });
    const before = this.tokensBefore(tokens, priorityClass, queue);
    const most = room * queue.maxQueuedTokens;
    // Where nothing waits there is room, however long a slow device's batch takes.
    if (before > 0 && before >= most) this.refuse('queued_tokens', most, { queue, priorityClass });
  }

  /** Lets in a request of about this many tokens. Throws what `requireRoom` throws. */
  enter(expectedTokens: number, priorityClass: PriorityClass = 0, limits: Limits = {}): Permit {
    this.requireRoom(expectedTokens, priorityClass);
    const permit = new Permit(expectedTokens, priorityClass, this.times(limits), (left) => {
      if (this.inside.delete(left)) this.changed();
    });
    this.inside.add(permit);
    this.changed();
    return permit;
  }

  /** The highest class of those whose tokens are being made: documents of it will wait soon. */
  get coming(): PriorityClass | undefined {
    const coming = [...this.inside].filter(({ expectedTokens }) => expectedTokens > 0);
    return PRIORITY_CLASSES.find((each) => coming.some(({ priorityClass }) => priorityClass === each));
  }

  /** For work of the server itself, which no caller waits for: not counted, and without an end. */
  forServer(): Permit {
    return new Permit(0, 0, this.times({}), () => undefined);
  }

  /** Takes nothing new; resolves when everything inside has left. */
  async drain(): Promise<void> {
    this.closed = true;
    if (this.inside.size === 0) return;
    await new Promise<void>((resolve) => {
      this.drained = resolve;
    });
  }

  private times(limits: Limits): PermitTimes {
    return { deadline: new Deadline(limits), turns: this.turns };
  }

  private tokensBefore(tokens: number, priorityClass: PriorityClass, { waiting }: QueueState): number {
    const before = new TokensBefore(tokens, priorityClass);
    for (const other of waiting) before.add(other.queuedTokens, other.priorityClass);
    for (const other of this.inside) before.add(other.expectedTokens, other.priorityClass);
    return before.total;
  }

  /** What waits, and what is being tokenised and will: after a burst most of it is there. */
  private tokensToCome({ waiting }: QueueState): number {
    let tokens = 0;
    for (const { queuedTokens } of waiting) tokens += queuedTokens;
    for (const { expectedTokens } of this.inside) tokens += expectedTokens;
    return tokens;
  }

  private changed(): void {
    this.observer.requestsChanged(this.inside.size);
    if (this.inside.size === 0) this.drained?.();
  }

  private refuse(
    reason: 'queued_tokens' | 'concurrent_requests',
    limit: number,
    { queue, priorityClass }: { readonly queue: QueueState; readonly priorityClass: PriorityClass },
  ): never {
    this.observer.rejected(reason, priorityClass);
    const seconds = queue.secondsFor(this.tokensToCome(queue));
    throw withoutStack(() => new QueueFullError(reason, Math.floor(limit), seconds));
  }
}
