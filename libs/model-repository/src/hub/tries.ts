import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from './hub-error.js';

/** Tries without anything gained between them. */
const MOST_TRIES = 5;

export interface Patience {
  readonly signal: AbortSignal;
  /** Pause after the first failure; each further one doubles it. */
  readonly firstPauseMs: number;
}

/**
 * Tries again while the hub is out of reach; any other error goes through at once. `gained` says whether the last try
 * brought something: then the count starts anew.
 */
export async function retrying<T>(
  { signal, firstPauseMs }: Patience,
  attempt: () => Promise<T>,
  gained: () => boolean = () => false,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (gained()) tries = 1;
      if (!(error instanceof HubError && error.code === 'hub_unreachable') || tries >= MOST_TRIES) throw error;
      await sleep(firstPauseMs * 2 ** (tries - 1), undefined, { signal });
    }
  }
}
