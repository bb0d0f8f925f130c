import { setMaxListeners } from 'node:events';

/** The request was not answered in its time. */
export class DeadlinePassedError extends Error {
  readonly code = 'deadline_passed';
}

/**
 * Aborts with DeadlinePassedError after its time, or with the caller's reason when the caller gives up. Cleared when the
 * request is over, unlike AbortSignal.timeout, whose timers would pile up for two minutes under load.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    ms: number,
    private readonly caller: AbortSignal,
  ) {
    setMaxListeners(0, this.controller.signal); // Each query of a request listens, several times.
    this.timer = setTimeout(() => this.controller.abort(new DeadlinePassedError(`not within ${ms} ms`)), ms);
    if (caller.aborted) this.giveUp();
    else caller.addEventListener('abort', this.giveUp, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.caller.removeEventListener('abort', this.giveUp);
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  private readonly giveUp = () => this.abort(this.caller.reason);
}
