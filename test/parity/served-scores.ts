import { expect } from 'vitest';
import type { TestServer } from '../support/server.js';

/** What a server answers to a request, in the order of its documents. */
export async function servedScores(server: TestServer, request: object): Promise<number[]> {
  const response = await server.post('/rerank', request);
  expect(response.status).toBe(200);
  const { results } = (await response.json()) as { results: { index: number; relevance_score: number }[] };
  return results.toSorted((a, b) => a.index - b.index).map((result) => result.relevance_score);
}

export function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  expect(worst).toBeLessThanOrEqual(tolerance);
}
