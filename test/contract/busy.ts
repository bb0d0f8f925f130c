import { setTimeout } from 'node:timers/promises';
import type { TestServer } from '../support/server.js';
import { ASKED } from './asked.js';
import { KEY } from './context.js';

const AUTHORIZATION = { authorization: `Bearer ${KEY}` };
/** When one is answered, another is let in within milliseconds. */
const SENDERS = 3;

/** Keeps a server's queue full until the function that it answers is called. */
export async function keepBusy(server: TestServer): Promise<() => Promise<void>> {
  const abort = new AbortController();
  const senders = Array.from({ length: SENDERS }, async () => {
    while (!abort.signal.aborted) {
      await send(server, abort.signal);
      await setTimeout(2);
    }
  });
  await server.until(async () => (await server.post('/rerank', ASKED, AUTHORIZATION)).status === 429);
  return async () => {
    abort.abort();
    await Promise.all(senders);
  };
}

async function send(server: TestServer, signal: AbortSignal): Promise<void> {
  try {
    const answer = await fetch(`${server.url}/rerank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...AUTHORIZATION },
      body: JSON.stringify({ query: 'q', documents: longList() }),
      signal,
    });
    await answer.arrayBuffer();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Enough to keep the fastest backend busy until every client was refused. */
function longList(): string[] {
  return Array.from({ length: 1000 }, (_, index) => `${'a long document about this and that '.repeat(5)} ${index}`);
}
