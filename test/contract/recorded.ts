import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { KEY, type Context } from './context.js';
import { documentKind, itemsOf, scored, valueAt } from './read-answer.js';
import { ROWS, type Row } from './rows.js';

const FOLDER = path.join(import.meta.dirname, 'recordings');

/** Requests that the published clients sent, recorded by test/contract/record.ts and record.py. */
function recordings(): Row[] {
  return readdirSync(FOLDER).flatMap((file) => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Row[]);
}

export function recordedRequests(context: Context): void {
  it.each([...ROWS, ...recordings()])('$client ($source) at $path', async ({ path: route, body, headers, reads }) => {
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
