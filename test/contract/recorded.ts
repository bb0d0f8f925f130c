import { expect, it } from 'vitest';
import { KEY, type Context } from './context.js';
import type { Reads } from './reads.js';
import { documentKind, itemsOf, scored, valueAt } from './read-answer.js';
import type { RecordedRequest } from './recorder.js';
import { recordings } from './recordings.js';
import { ROWS, type Row } from './rows.js';

/** Requests as the clients send them, of published packages and of sources that cannot be installed. */
export function recordedRequests(context: Context): void {
  it.each(ROWS)('of $client ($source) at $path', async ({ path, headers, body, reads }) => {
    await expectAnswered(context, { method: 'POST', path, headers: headers ?? {}, body }, reads);
  });

  it.each(recordings())('of $client ($package $version)', async ({ requests, reads }) => {
    // What a client asks before it reranks is answered too.
    for (const { method, path, headers } of requests.slice(0, -1)) {
      const answer = await fetch(context.server.url + path, { method, headers: withKey(headers) });
      expect(answer.ok, `${path} was answered with ${answer.status}`).toBe(true);
    }
    await expectAnswered(context, requests.at(-1)!, reads);
  });
}

async function expectAnswered(context: Context, request: RecordedRequest, reads: Reads): Promise<void> {
  const response = await context.server.post(request.path, request.body, withKey(request.headers));
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
}

/** Of a client that sends its key elsewhere, or none at all, only the words are of interest. */
function withKey(headers: Row['headers']): Record<string, string> {
  return { authorization: `Bearer ${KEY}`, ...headers };
}
