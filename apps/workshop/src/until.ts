import { setTimeout as sleep } from 'node:timers/promises';

interface Patience {
  readonly limitMs?: number;
  readonly pollMs?: number;
  /** Says why the condition will never be met; undefined while it may be. */
  readonly hopeless?: () => string | undefined;
  /** What an error says beside its reason. */
  readonly details?: () => string;
}

/** Resolves when the condition is met, with the milliseconds that it took. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { limitMs = 60_000, pollMs = 50, hopeless = () => undefined, details = () => '' }: Patience = {},
): Promise<number> {
  const startedMs = performance.now();
  while (!(await condition())) {
    const reason = hopeless();
    if (reason !== undefined) throw new Error(reason + details());
    if (performance.now() - startedMs > limitMs) throw new Error(`not within ${limitMs} ms${details()}`);
    await sleep(pollMs);
  }
  return performance.now() - startedMs;
}
