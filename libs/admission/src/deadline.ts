import { setMaxListeners } from 'node:events';

/** The request was not answered in its time. */
export class DeadlinePassedError extends Error {
  readonly code = 'deadline_passed';
}

/** What ends a request before it is done. */
export interface Limits {
  /** Of the caller; absent: it does not leave. */
  readonly signal?: AbortSignal;
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number;
}

/**
 * Aborts with DeadlinePassedError after its time, or with the caller's reason when the caller gives up. Cleared when the
 * request is over, unlike AbortSignal.timeout, whose timers would pile up for two minutes under load.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly caller: AbortSignal | undefined;

  constructor({ signal, timeoutMs }: Limits) {
    setMaxListeners(0, this.controller.signal); // Each query of a request listens, several times.
    if (timeoutMs !== undefined) this.timer = setTimeout(() => this.pass(timeoutMs), timeoutMs);
    this.caller = signal;
    if (signal?.aborted) this.giveUp();
    else signal?.addEventListener('abort', this.giveUp, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.giveUp);
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  private pass(ms: number): void {
    this.abort(new DeadlinePassedError(`not within ${ms} ms`));
  }

  private readonly giveUp = () => this.abort(this.caller!.reason);
}
