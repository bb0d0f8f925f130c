import type { Deadline } from './deadline.js';
import { DeadlinePassedError } from './deadline.js';
import type { LoopTurns } from './loop-turns.js';
import type { PriorityClass } from './priority-classes.js';

/** When the work of a permit has to end, and when its long steps come. */
export interface PermitTimes {
  readonly deadline: Deadline;
  /** Those of all permits. */
  readonly turns: LoopTurns;
}

/**
 * The right to work for one request that was let in. Tokenizer and batcher do nothing without one, and only Admission makes them:
 * work that was not admitted does not compile.
 */
export class Permit {
  private tokens: number;

  constructor(
    expectedTokens: number,
    readonly priorityClass: PriorityClass,
    private readonly times: PermitTimes,
    private readonly left: (permit: Permit) => void,
  ) {
    this.tokens = expectedTokens;
  }

  /** Tokens that are being made and are not in the queue yet. */
  get expectedTokens(): number {
    return this.tokens;
  }

  /** Aborts when the caller left or the time is over, with the reason; what is done for the request then stops. */
  get signal(): AbortSignal {
    return this.times.deadline.signal;
  }

  /** Why the work ended before it was done; undefined when it was not for the caller's or the clock's sake. */
  get gaveUp(): 'client_gone' | 'timeout' | undefined {
    if (!this.signal.aborted) return undefined;
    return this.signal.reason instanceof DeadlinePassedError ? 'timeout' : 'client_gone';
  }

  /** This many of the expected tokens are in the queue now, or never will be. */
  tokenised(tokens: number): void {
    this.tokens -= tokens;
  }

  /** For a request so large that its steps take milliseconds: resolves in a turn of the event loop that no other one has. */
  nextTurn(): Promise<void> {
    return this.times.turns.next();
  }

  /** Ends the request; once is enough. With a reason, what is still done for it stops. */
  leave(reason?: unknown): void {
    this.times.deadline.clear();
    if (reason !== undefined) this.times.deadline.abort(reason);
    this.left(this);
  }
}
