import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start();
}, 60_000);

afterAll(async () => {
  await server.stop('SIGKILL');
});

interface Line {
  readonly reqId: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const FOUR = ['one text', 'a second text', 'the third', 'and four'];
const DOCUMENTS = ['a', 'b', 'b'];

/** A request of each kind, with what its record must say. */
const REQUESTS = [
  { path: '/rerank', body: { query: 'q', documents: DOCUMENTS }, queries: 1, documents: 3, duplicates: 1 },
  { path: '/score', body: { text_1: FOUR, text_2: FOUR }, queries: 4, documents: 4, duplicates: 0 },
  { path: '/score', body: { text_1: 'q', text_2: FOUR }, queries: 1, documents: 4, duplicates: 0 },
  {
    path: '/v2/rerank',
    body: { query: 'q', documents: DOCUMENTS, model: 'm' },
    queries: 1,
    documents: 3,
    duplicates: 1,
  },
  { path: '/tei/rerank', body: { query: 'q', texts: DOCUMENTS }, queries: 1, documents: 3, duplicates: 1 },
];

async function recordOf(path: string, body: object, id: string): Promise<{ line: Line; response: Response }> {
  const response = await server.post(path, body, { 'x-request-id': id });
  await response.arrayBuffer();
  const lines = () => server.log.split('\n').filter((line) => line.includes(`"reqId":"${id}"`));
  await server.until(() => lines().length > 0);
  expect(lines()).toHaveLength(1);
  return { line: JSON.parse(lines()[0]!) as Line, response };
}

describe('the record of a request', () => {
  it.each(REQUESTS)('$path with $queries queries: log line, metrics and headers agree', async (asked) => {
    const before = await server.metric('rerank_documents_total');
    const requestsBefore = await server.metric('rerank_request_documents_count');
    const { line, response } = await recordOf(
      asked.path,
      asked.body,
      `${asked.path}-${asked.queries}-${asked.documents}`,
    );
    expect(line).toMatchObject({
      msg: 'answered',
      status: 200,
      queries: asked.queries,
      documents: asked.documents,
      duplicateDocuments: asked.duplicates,
    });
    expect((await server.metric('rerank_documents_total')) - before).toBe(asked.documents);
    expect((await server.metric('rerank_request_documents_count')) - requestsBefore).toBe(1);
    expect(response.headers.get('x-compute-tokens')).toBe(String(line['promptTokens']));
  });

  it('/tokenize, and what was refused, have one too', async () => {
    const tokenized = await recordOf('/tokenize', { inputs: 'a text' }, 'tokenized');
    expect(tokenized.line).toMatchObject({ dialect: 'tokenize', status: 200 });
    const refused = await recordOf('/score', { text_1: [] }, 'refused');
    expect(refused.line).toMatchObject({ status: 400 });
    expect(refused.line['documents']).toBeUndefined();
  });
});
