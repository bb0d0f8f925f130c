import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { FAMILIES_OF_GOLDENS, FAMILY_SCORES, writeFamilyCheckpoint } from './families.js';
import { expectClose, LOGIT_TOLERANCE, PROBABILITY_TOLERANCE } from './expect-close.js';
import { loadShapes } from './shapes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const { requests, shapes } = FAMILIES_OF_GOLDENS;

describe.each(Object.entries(shapes))('%s against its reference, through HTTP', (name, shape) => {
  const folder = temporaryFolder();
  // A small batch: each start warms up with one of full size.
  const variables = { MODEL_NAME: folder, BACKEND: 'tfjs', MAX_BATCH_TOKENS: '1024' };
  const server = TestServer.forAll(variables, () => writeFamilyCheckpoint(shape, folder));

  // A template of its own that has no place for one.
  const takesInstruction = shape.prompt !== 'mxbai-st';

  it('gives raw scores within 1e-3 and relevances within 1e-4', async () => {
    // zerank's API answers sigmoid(logit / 5); every other family the sigmoid.
    const scale = shape.prompt === 'zerank' ? 1 / 5 : 1;
    for (const [index, { instruction, ...texts }] of requests.entries()) {
      // The reference's template leaves it out as well.
      const request = instruction !== undefined && takesInstruction ? { ...texts, instruction } : texts;
      const expected = FAMILY_SCORES[name]![index]!;
      expectClose(await server.scores({ ...request, raw_scores: true }), expected, LOGIT_TOLERANCE);
      const relevances = expected.map((score) => 1 / (1 + Math.exp(-scale * score)));
      expectClose(await server.scores(request), relevances, PROBABILITY_TOLERANCE);
    }
  });

  // That of the other shape is the vendor's, which is known to take one.
  it.runIf(name === 'qwen2-st-own')('refuses an instruction that its prompt has no place for', async () => {
    expect((await server.post('/rerank', requests[2])).status).toBe(400);
  });
});

it('has two shapes at least of each family and packing', () => {
  const { prompt, packing } = { prompt: 'Qwen3-Reranker', packing: 'plain' };
  const plain = Object.values(loadShapes())
    .filter(({ config }) => config.architectures[0] === 'Qwen3ForCausalLM')
    .map(() => ({ prompt, packing }));
  const counts = new Map<string, number>();
  for (const each of [...plain, ...Object.values(shapes)]) {
    const key = `${each.prompt}, ${each.packing}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(15);
  expect([...counts].filter(([, count]) => count < 2)).toEqual([]);
});

it('has eight triples that each shape tells apart', () => {
  expect(requests.flatMap(({ documents }) => documents)).toHaveLength(8);
  expect(Object.keys(FAMILY_SCORES)).toEqual(Object.keys(shapes));
  for (const rows of Object.values(FAMILY_SCORES)) {
    expect(rows.map((row) => row.length)).toEqual(requests.map(({ documents }) => documents.length));
    const spreads = rows.map((row) => Math.max(...row) - Math.min(...row));
    expect(Math.max(...spreads)).toBeGreaterThan(0.1);
  }
});
