import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../../support/server.js';
import { ASKED } from '../asked.js';
import { keepBusy } from '../busy.js';
import { KEY, MAX_BODY_BYTES } from '../context.js';
import type { Reads } from '../reads.js';
import { Recorder } from '../recorder.js';
import { expectRecorded, type Recording } from '../recordings.js';
import { serverForAll } from '../server-context.js';

/** Where run.mjs builds it. */
const PROGRAM = path.join(import.meta.dirname, '../../../build/go-clients/weaviate');
const MODULE_FILE = path.join(import.meta.dirname, 'go/go.mod');
const NONE: Reads = { list: 'results', document: 'none', inOrder: true };
/** Weaviate leaves order and number to itself. */
const MODULES: Readonly<Record<string, Reads>> = {
  jinaai: NONE,
  cohere: NONE,
  voyageai: { ...NONE, list: 'data' },
  nvidia: { ...NONE, list: 'rankings' },
  contextualai: { list: 'results', inOrder: true },
  transformers: { list: 'scores', document: 'string', inOrder: true },
};

const context = serverForAll();
const KEYED = Object.keys(MODULES).filter((module) => module !== 'transformers');
/** It reads `detail` as a list only, as Contextual's API has it for a wrong body, and fails on any other error. */
const HIDES_STATUS = 'contextualai';
/** The module for transformers sends no key. */
let open: TestServer;

beforeAll(async () => {
  open = await TestServer.start();
}, 60_000);

afterAll(() => open.stop('SIGKILL'));

describe.each(Object.keys(MODULES))("Weaviate's module for %s", (module) => {
  it('gets the scores in the order of the documents', async () => {
    const { url } = module === 'transformers' ? open : context.server;
    const ranked = await rank(module, url, KEY);
    const inOrder = context.expected.toSorted((a, b) => a.index - b.index);
    const probability = (score: number) => (module === 'nvidia' ? 1 / (1 + Math.exp(-score)) : score);
    expect(ranked.map(([index, score]) => [index, probability(score)])).toEqual(
      inOrder.map(({ index, score }) => [index, expect.closeTo(score, 5)]),
    );
  });

  it('returns an error when it is refused', async () => {
    const { url } = context.server;
    const keyless = module === 'transformers' ? open.url : url;
    expect(await refusalOf(module, url, 'wrong')).toEqual(telling(module, 401));
    expect(await refusalOf(module, keyless, KEY, { ...ASKED, query: '  ' })).toEqual(telling(module, 400));
  });
});

it.each(KEYED)("Weaviate's module for %s returns an error when its documents are too large", async (module) => {
  const large = { ...ASKED, documents: ['x'.repeat(MAX_BODY_BYTES)] };
  expect(await refusalOf(module, context.server.url, KEY, large)).toEqual(telling(module, 413));
});

it('tells every module that the server is busy or loading', async () => {
  const release = await keepBusy(context.server);
  const busy = await Promise.all(KEYED.map((module) => refusalOf(module, context.server.url, KEY)));
  await release();
  const server = await TestServer.start({}, { ready: false });
  const loading = await Promise.all(KEYED.map((module) => refusalOf(module, server.url, KEY)));
  await server.stop('SIGKILL');
  expect(busy).toEqual(KEYED.map((module) => telling(module, 429)));
  expect(loading).toEqual(KEYED.map((module) => telling(module, 503)));
}, 60_000);

it('sends what is recorded', async () => {
  const recorder = await Recorder.start(open.url);
  const made: Recording[] = [];
  for (const [module, reads] of Object.entries(MODULES)) {
    await rank(module, recorder.url, KEY);
    made.push({ client: `Weaviate reranker-${module}`, ...packageIn(), reads, requests: recorder.take() });
  }
  await recorder.stop();
  await expectRecorded('go', made);
});

async function rank(
  module: string,
  url: string,
  key: string,
  asked = ASKED,
): Promise<[index: number, score: number][]> {
  const running = promisify(execFile)(PROGRAM, [module, url, key]);
  running.child.stdin!.end(JSON.stringify(asked));
  const { stdout } = await running;
  return JSON.parse(stdout) as [number, number][];
}

/** What the module returned in the place of a ranking. */
async function refusalOf(module: string, url: string, key: string, asked = ASKED): Promise<string | undefined> {
  try {
    await rank(module, url, key, asked);
    return undefined;
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

function telling(module: string, status: number): unknown {
  return expect.stringContaining(module === HIDES_STATUS ? 'unmarshal error' : String(status));
}

function packageIn(): Pick<Recording, 'package' | 'version'> {
  const [, version = ''] = /weaviate\/weaviate v(\S+)/u.exec(readFileSync(MODULE_FILE, 'utf8')) ?? [];
  return { package: 'github.com/weaviate/weaviate', version };
}
