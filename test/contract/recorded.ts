import { expect, it } from 'vitest';
import { KEY, type Context } from './context.js';
import { documentKind, itemsOf, scored, valueAt } from './read-answer.js';
import { ROWS } from './rows.js';

/** Requests as the clients of the contracts send them; each row names the package, or the source, that it comes from. */
export function recordedRequests(context: Context): void {
  it.each(ROWS)('$client ($source) at $path', async ({ path: route, body, headers, reads }) => {
    const response = await context.server.post(route, body, { authorization: `Bearer ${KEY}`, ...headers });
    expect(response.status).toBe(200);
    const answer: unknown = await response.json();
    const items = itemsOf(answer, reads.list);
    const expected = context.expected.slice(0, reads.count);
    expect(items.map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
    for (const [place, item] of items.entries()) {
      expect(scored(item).score).toBeCloseTo(expected[place]!.score, 6);
      expect(reads.document ? [reads.document] : ['none', 'string', 'object']).toContain(documentKind(item));
      expect(reads.only ?? Object.keys(item)).toEqual(expect.arrayContaining(Object.keys(item)));
    }
    for (const key of reads.also ?? []) expect(valueAt(answer, key)).toBeDefined();
  });
}
