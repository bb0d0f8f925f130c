import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it } from 'vitest';
import { ASKED } from '../asked.js';
import { KEY } from '../context.js';
import { expectRuns, snippets } from '../readme.js';
import { Recorder } from '../recorder.js';
import { expectRecorded, type Recording } from '../recordings.js';
import { serverForAll } from '../server-context.js';

const PYTHON = path.join(import.meta.dirname, '../../../build/python-clients/bin/python');
const DRIVE = ['-W', 'ignore', path.join(import.meta.dirname, 'python/drive.py')];
const NAMES = JSON.parse(execFileSync(PYTHON, [...DRIVE, '--list'], { encoding: 'utf8' })) as string[];

type Ranked = readonly [index: number, score: number, document?: string];
type Answer = Omit<Recording, 'requests'> & { readonly ranked: readonly Ranked[]; readonly error?: string };
type Refusals = Readonly<Record<'400' | '401', string | null>>;
interface Driven {
  readonly ranked: readonly Ranked[];
  readonly error?: string | undefined;
  readonly recording: Recording;
  readonly refusals: Refusals;
}

const context = serverForAll();
let driven: Driven[] = [];

beforeAll(async () => {
  driven = await driveAll();
}, 300_000);

describe.each(NAMES)('%s', (name) => {
  it('gets the order, the scores and the documents', () => {
    const { ranked, error } = byName(name);
    expect(error).toBeUndefined();
    const found = ranked.map(([index, score, document = ASKED.documents[index]!]) => ({ index, score, document }));
    // NIM's scores are log-odds.
    const logits = found.some(({ score }) => score < 0 || score > 1);
    const expected = context.expected.map(({ index, score }) => ({
      index,
      score: expect.closeTo(logits ? Math.log(score / (1 - score)) : score, logits ? 4 : 6) as number,
      document: ASKED.documents[index]!,
    }));
    expect(found).toEqual(expected);
  });

  it('throws when its key or its query is refused', () => {
    expect(byName(name).refusals).toEqual({ 400: expect.any(String), 401: expect.any(String) });
  });
});

describe('the program in the README', () => {
  it.each(snippets('python'))('$title', async (snippet) => {
    await expectRuns(context, PYTHON, ['-W', 'ignore', '-c'], snippet);
  });
});

it('sends what is recorded', async () => {
  await expectRecorded(
    'python',
    driven.map(({ recording }) => recording),
  );
});

function byName(name: string): Driven {
  return driven.find(({ recording }) => recording.client === name)!;
}

async function driveAll(): Promise<Driven[]> {
  const recorder = await Recorder.start(context.server.url);
  const env = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'true', LITELLM_LOG: 'CRITICAL' }; // no list from the network
  const python = spawn(PYTHON, DRIVE, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  python.stdin.write(`${JSON.stringify({ ...ASKED, url: recorder.url, key: KEY })}\n`);
  const lines = createInterface(python.stdout)[Symbol.asyncIterator]();
  const found: Driven[] = [];
  for (;;) {
    const line = await lines.next();
    if (line.done === true) break;
    const { ranked, error, ...recording } = JSON.parse(line.value) as Answer;
    const requests = recorder.take();
    python.stdin.write('\n');
    const refusals = JSON.parse(String((await lines.next()).value)) as Refusals;
    recorder.take(); // what was refused is no recording
    python.stdin.write('\n');
    found.push({ ranked, error, recording: { ...recording, requests }, refusals });
  }
  await recorder.stop();
  return found;
}
