import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { FAMILIES_OF_GOLDENS, FAMILY_SCORES, writeFamilyCheckpoint, type FamilyRequest } from './families.js';

const LOGIT_TOLERANCE = 1e-3;
const PROBABILITY_TOLERANCE = 1e-4;
const { requests, shapes } = FAMILIES_OF_GOLDENS;

describe.each(Object.entries(shapes))('%s against its reference, through HTTP', (name, shape) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rerank-family-'));
  let server: TestServer;

  beforeAll(async () => {
    writeFamilyCheckpoint(shape, folder);
    server = await TestServer.start({ MODEL_NAME: folder, BACKEND: 'tfjs', DTYPE: 'f32' });
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  async function scores(request: FamilyRequest, raw: boolean): Promise<number[]> {
    const response = await server.post('/rerank', { ...request, raw_scores: raw });
    expect(response.status).toBe(200);
    const { results } = (await response.json()) as { results: { index: number; relevance_score: number }[] };
    return results.toSorted((a, b) => a.index - b.index).map((result) => result.relevance_score);
  }

  // A template of its own that has no place for one.
  const takesInstruction = shape.prompt !== 'mxbai-st';

  it('gives raw scores within 1e-3 and relevances within 1e-4', async () => {
    // zerank's API answers sigmoid(logit / 5); every other family the sigmoid.
    const scale = shape.prompt === 'zerank' ? 1 / 5 : 1;
    for (const [index, request] of requests.entries()) {
      if (request.instruction !== undefined && !takesInstruction) continue;
      const expected = FAMILY_SCORES[name]![index]!;
      expectClose(await scores(request, true), expected, LOGIT_TOLERANCE);
      const relevances = expected.map((score) => 1 / (1 + Math.exp(-scale * score)));
      expectClose(await scores(request, false), relevances, PROBABILITY_TOLERANCE);
    }
  });

  it.skipIf(takesInstruction)('refuses an instruction that its prompt has no place for', async () => {
    expect((await server.post('/rerank', requests[2])).status).toBe(400);
  });
});

it('has eight triples that each shape tells apart', () => {
  expect(requests.flatMap(({ documents }) => documents)).toHaveLength(8);
  for (const rows of Object.values(FAMILY_SCORES)) {
    const spreads = rows.map((row) => Math.max(...row) - Math.min(...row));
    expect(Math.max(...spreads)).toBeGreaterThan(0.1);
  }
});

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  expect(worst).toBeLessThanOrEqual(tolerance);
}
