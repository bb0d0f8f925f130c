import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../../support/server.js';
import { ASKED } from '../asked.js';
import { keepBusy } from '../busy.js';
import { COHERE_PAGES, expectRuns, snippets } from '../readme.js';
import { Recorder } from '../recorder.js';
import { expectRecorded } from '../recordings.js';
import { serverForAll } from '../server-context.js';
import { PythonClients, type ByClient, type Driven } from './python-clients.js';

const FRAMEWORKS = 'frameworks';
const context = serverForAll();

describe.each([FRAMEWORKS, 'vendors', 'older', 'oldest'] as const)('the clients in %s.txt', (set) => {
  const clients = new PythonClients(set);
  let driven: readonly Driven[] = [];

  beforeAll(async () => {
    const recorder = await Recorder.start(context.server.url);
    driven = await clients.rankAll(recorder);
    const refused = [await clients.refusals(), ...(set === FRAMEWORKS ? [] : await lateRefusals(clients))];
    await recorder.stop();
    driven = driven.map((each) => ({
      ...each,
      recording: { ...each.recording, refusals: Object.assign({}, ...refused.map((by) => by[each.recording.client])) },
    }));
  }, 400_000);

  afterAll(() => clients.end());

  describe.each(clients.names)('%s', (name) => {
    it('gets the order, the scores and the documents', () => {
      const { ranked, error } = byName(driven, name);
      expect(error).toBeUndefined();
      const found = ranked.map(([index, score, document = ASKED.documents[index]!]) => ({ index, score, document }));
      // NIM answers raw scores.
      const logits = found.some(({ score }) => score < 0 || score > 1);
      const expected = context.expected.map(({ index, score }) => ({
        index,
        score: expect.closeTo(logits ? Math.log(score / (1 - score)) : score, logits ? 4 : 6) as number,
        document: ASKED.documents[index]!,
      }));
      const { inOrder } = byName(driven, name).recording.reads;
      expect(found).toEqual(inOrder === true ? expected.toSorted((a, b) => a.index - b.index) : expected);
    });

    it.runIf(set !== FRAMEWORKS)('gets the best one when it asks for one', () => {
      const { best, recording } = byName(driven, name);
      expect(best).toHaveLength(recording.reads.inOrder === true ? ASKED.documents.length : 1);
      expect(best.toSorted((a, b) => b[1] - a[1])[0]?.[0]).toBe(context.expected[0]!.index);
    });

    // Frameworks repeat what was answered 429 or 503 for minutes, so they are asked for the others only.
    it('throws when it is refused', () => {
      const { hidesRefusals, recording } = byName(driven, name);
      const silent = Object.entries(recording.refusals!).filter(([, error]) => error === null);
      expect(hidesRefusals ? [] : silent).toEqual([]);
    });
  });

  it('send what is recorded, and throw it too', async () => {
    await expectRecorded(
      set === FRAMEWORKS ? 'python' : `python-${set}`,
      driven.map(({ recording }) => recording),
    );
  });

  describe.runIf(set === FRAMEWORKS)('the program in the README', () => {
    it.each(snippets('python'))('$title', async (snippet) => {
      await expectRuns(context, clients.python, ['-W', 'ignore', '-c'], snippet);
    });
  });
});

describe("the programs of Cohere's newest client", () => {
  const { python } = new PythonClients('vendors');
  it.each(snippets('python', COHERE_PAGES))('$title', async (snippet) => {
    await expectRuns(context, python, ['-W', 'ignore', '-c'], snippet);
  });
});

function byName(driven: readonly Driven[], name: string): Driven {
  return driven.find(({ recording }) => recording.client === name)!;
}

/** 429 and 503. */
async function lateRefusals(clients: PythonClients): Promise<readonly ByClient[]> {
  const release = await keepBusy(context.server);
  const busy = await clients.refusalsAt(context.server.url, '429');
  await release();
  const server = await TestServer.start({}, { ready: false });
  const loading = await clients.refusalsAt(server.url, '503');
  await server.stop('SIGKILL');
  return [busy, loading];
}
