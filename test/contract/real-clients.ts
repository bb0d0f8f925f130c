import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { ASKED } from './asked.js';
import { keepBusy } from './busy.js';
import { refusalOf, type Client, type Refusal, type Refused } from './client.js';
import { KEY, MAX_BODY_BYTES, type Context } from './context.js';

export function realClients(context: Context, clients: readonly Client[]): void {
  describe.each(clients)('$name', (client) => {
    it('gets the order, the scores and the documents', async () => {
      const ranked = await client.rank(context.server.url, KEY, ASKED);
      expect(ranked.map(({ index }) => index)).toEqual(context.expected.map(({ index }) => index));
      ranked.forEach(({ index, score, document = ASKED.documents[index]! }, place) => {
        expect(score).toBeCloseTo(context.expected[place]!.score, 6);
        expect(document).toBe(ASKED.documents[index]);
      });
    });

    it('gets the best one when it asks for one', async () => {
      const [best, ...others] = await client.rank(context.server.url, KEY, { ...ASKED, topN: 1 });
      expect(best!.index).toBe(context.expected[0]!.index);
      expect(others).toEqual([]);
    });

    it('tells a wrong key, a wrong body and a body that is too large apart', async () => {
      const { url } = context.server;
      const large = { ...ASKED, documents: ['x'.repeat(MAX_BODY_BYTES)] };
      expect(await refusalOf(client, url, 'wrong', ASKED)).toEqual(refused(client, 401));
      expect(await refusalOf(client, url, KEY, { ...ASKED, query: '   ' })).toEqual(refused(client, 400));
      expect(await refusalOf(client, url, KEY, large)).toEqual(refused(client, 413));
    });
  });

  it('tells every client that it is busy', async () => {
    const { server } = context;
    const release = await keepBusy(server);
    const all = await Promise.all(clients.map((client) => refusalOf(client, server.url, KEY, ASKED)));
    await release();
    expect(all).toEqual(clients.map((client) => refused(client, 429)));
  }, 60_000);

  it('tells every client that its model is still loading', async () => {
    const loading = await TestServer.start({}, { ready: false });
    const all = await Promise.all(clients.map((client) => refusalOf(client, loading.url, KEY, ASKED)));
    await loading.stop('SIGKILL');
    expect(all).toEqual(clients.map((client) => refused(client, 503)));
  }, 60_000);
}

function refused({ errors, hidesStatus }: Client, status: Refusal): Refused {
  return { error: errors[status], status: hidesStatus === true ? undefined : status };
}
