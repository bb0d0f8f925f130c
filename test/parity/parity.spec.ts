import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS } from '../support/backends.js';
import { TestServer } from '../support/server.js';
import { loadGolden, loadTripleGroups, type TripleGroup } from './goldens.js';
import { expectClose, LOGIT_TOLERANCE, PROBABILITY_TOLERANCE } from './expect-close.js';
import { loadShapes } from './shapes.js';
import { writeHashCheckpoint } from './write-checkpoint.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Between two answers of the server itself: other batch mates, another order, another split. */
const BATCH_TOLERANCE = 1e-5;

/** The server refuses a blank query; that group is judged without HTTP in mutations.spec.ts. */
const groups = loadTripleGroups().filter(({ query }) => query.trim() !== '');

const cases = BACKENDS.flatMap((backend) =>
  Object.entries(loadShapes()).map(([name, shape]) => ({ backend, name, shape })),
);

describe.each(cases)('$name on $backend against transformers, through HTTP', ({ backend, name, shape }) => {
  const folder = temporaryFolder();
  const golden = loadGolden(name);
  const server = TestServer.forAll({ MODEL_NAME: folder, BACKEND: backend }, () => writeHashCheckpoint(shape, folder));

  function scores(group: TripleGroup, documents: readonly string[], raw: boolean): Promise<number[]> {
    const { instruction, query } = group;
    return server.scores({ query, documents, instruction, raw_scores: raw });
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
  const folder = temporaryFolder();

  beforeAll(() => {
    writeHashCheckpoint(loadShapes()['tied-gqa2']!, folder);
  });

  /** Probabilities in the order of the documents, and how many batches they took. */
  function scored(env: Readonly<Record<string, string>>): Promise<{ scores: number[]; batches: number }> {
    return TestServer.with({ MODEL_NAME: folder, BACKEND: backend, ...env }, async (server) => ({
      scores: await server.scores({ query: 'q', documents }),
      batches: await server.metric('rerank_batch_tokens_count'),
    }));
  }

  it('score documents of equal lengths the same, in one of them or split over five', async () => {
    const together = await scored({});
    const split = await scored({ BATCH_SIZE: '1' });
    expect([together.batches, split.batches]).toEqual([1, 5]);
    expectClose(split.scores, together.scores, BATCH_TOLERANCE);
  }, 120_000); // It starts two servers.
});
