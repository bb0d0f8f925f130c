import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';

const MOST_MS = 1000;

/**
 * Discards what a client still sends, for a second at most. Many clients read only when they have written all: closed
 * before that, their connection breaks and they never see the answer.
 */
export async function readOn(request: IncomingMessage): Promise<void> {
  request.resume();
  await finished(request, { signal: AbortSignal.timeout(MOST_MS) }).catch(() => undefined);
}
