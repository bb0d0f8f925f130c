import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const A = 0.25;
const B = 2;
const ASKED = {
  query: 'What is machine learning?',
  documents: [
    'Bread is baked in an oven.',
    'Machine learning lets computers learn from data.',
    'Computers are machines.',
  ],
};

const folder = temporaryFolder();
const plain = TestServer.forAll();
const calibrated = TestServer.forAll(fileWith({ a: A, b: B, pairs: 3000 }));

function fileWith(content: object, name = 'calibration.json') {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return { SCORE_CALIBRATION: file };
}

interface Result {
  readonly index: number;
  readonly relevance_score: number;
}

async function results(server: TestServer, fields: object = {}): Promise<readonly Result[]> {
  const answer = await server.post('/rerank', { ...ASKED, ...fields });
  return ((await answer.json()) as { results: readonly Result[] }).results;
}

async function described(server: TestServer) {
  return (await server.json<{ described_as: object }>('/info')).described_as;
}

it('makes the relevance of the raw score, which stays as it is, and keeps the order', async () => {
  const raw = await results(plain, { raw_scores: true });
  expect(await results(calibrated, { raw_scores: true })).toEqual(raw);
  const expected = raw.map(({ index, relevance_score: score }) => ({
    index,
    relevance_score: expect.closeTo(1 / (1 + Math.exp(-A * score - B)), 9) as number,
  }));
  expect(await results(calibrated, { return_documents: false })).toEqual(expected);
});

it('is off unless it is asked for, and /info says which', async () => {
  expect(await described(plain)).toMatchObject({ calibrated: false, relevance: 'sigmoid(raw score)' });
  expect(await described(calibrated)).toMatchObject({ calibrated: true, relevance: 'sigmoid(0.25 * raw score + 2)' });
});

it('drops what is below the least score, of what is answered', async () => {
  const all = await results(calibrated);
  const least = all[1]!.relevance_score;
  expect(await results(calibrated, { min_score: least })).toHaveLength(2);
  expect(await results(calibrated, { score_threshold: least, top_n: 1 })).toHaveLength(1);
  expect(await results(calibrated, { min_score: 1 })).toEqual([]);
  const [, second] = await results(calibrated, { raw_scores: true });
  expect(await results(calibrated, { raw_scores: true, min_score: second!.relevance_score })).toHaveLength(2);
});

it('stops a server whose file is wrong, with the file, the key, what is expected and what was found', async () => {
  const settings = fileWith({ a: -1, b: 0 }, 'wrong.json');
  const refusing = TestServer.spawn(settings);
  expect(await refusing.exit()).not.toBe(0);
  expect(refusing.log).toContain(`${settings.SCORE_CALIBRATION}: a must be a positive number, got -1`);
});
