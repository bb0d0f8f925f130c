import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../support/backends.js';
import { TestServer } from '../support/server.js';
import { loadGolden, loadTripleGroups, type TripleGroup } from './goldens.js';
import { expectClose, servedScores } from './served-scores.js';
import { loadShapes } from './shapes.js';
import { writeHashCheckpoint } from './write-checkpoint.js';

const LOGIT_TOLERANCE = 1e-3;
const PROBABILITY_TOLERANCE = 1e-4;
/** Between two answers of the server itself: other batch mates, another order, another split. */
const BATCH_TOLERANCE = 1e-5;

/** The server refuses a blank query; that group is judged without HTTP in mutations.spec.ts. */
const groups = loadTripleGroups().filter(({ query }) => query.trim() !== '');

const cases = BACKENDS.flatMap((backend) =>
  Object.entries(loadShapes()).map(([name, shape]) => ({ backend, name, shape })),
);

describe.each(cases)('$name on $backend against transformers, through HTTP', ({ backend, name, shape }) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-parity-'));
  const golden = loadGolden(name);
  let server: TestServer;

  beforeAll(async () => {
    writeHashCheckpoint(shape, folder);
    server = await TestServer.start({ MODEL_NAME: folder, BACKEND: backend });
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  function scores(group: TripleGroup, documents: readonly string[], raw: boolean): Promise<number[]> {
    const { instruction, query } = group;
    return servedScores(server, { query, documents, instruction, raw_scores: raw });
  }

  it.each(groups)('$name: raw scores and probabilities', async (group) => {
    const { logits, probabilities } = golden.groups.find((candidate) => candidate.name === group.name)!;
    expectClose(await scores(group, group.documents, true), logits, LOGIT_TOLERANCE);
    expectClose(await scores(group, group.documents, false), probabilities, PROBABILITY_TOLERANCE);
  });

  it('scores a document the same alone, among others, in any order and twice', async () => {
    for (const group of groups) {
      const together = await scores(group, group.documents, false);
      const reversed = await scores(group, group.documents.toReversed(), false);
      expectClose(reversed.toReversed(), together, BATCH_TOLERANCE);
      const doubled = await scores(group, group.documents.concat(group.documents), false);
      expectClose(doubled, together.concat(together), BATCH_TOLERANCE);
      for (const [index, document] of group.documents.entries()) {
        expectClose(await scores(group, [document], false), [together[index]!], BATCH_TOLERANCE);
      }
    }
  });
});

describe.each(BACKENDS)('batches on %s', (backend) => {
  // One token each: equal lengths, which servers that pad treat apart.
  const documents = ['a', 'b', 'c', 'd', 'e'];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-batches-'));

  beforeAll(() => {
    writeHashCheckpoint(loadShapes()['tied-gqa2']!, folder);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Probabilities in the order of the documents, and how many batches they took. */
  async function scored(env: Readonly<Record<string, string>>): Promise<{ scores: number[]; batches: number }> {
    const server = await TestServer.start({ MODEL_NAME: folder, BACKEND: backend, ...env });
    const response = await server.post('/rerank', { query: 'q', documents });
    const { results } = (await response.json()) as { results: { index: number; relevance_score: number }[] };
    const batches = await server.metric('rerank_batch_tokens_count');
    await server.stop();
    return { scores: results.toSorted((a, b) => a.index - b.index).map((result) => result.relevance_score), batches };
  }

  it('score documents of equal lengths the same, in one of them or split over five', async () => {
    const together = await scored({});
    const split = await scored({ BATCH_SIZE: '1' });
    expect([together.batches, split.batches]).toEqual([1, 5]);
    expectClose(split.scores, together.scores, BATCH_TOLERANCE);
  });
});
