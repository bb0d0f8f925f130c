import { describe, expect, it } from 'vitest';
import { DIALECTS, type Dialect } from '#libs/api';
import { useTestApp } from '../support/test-app.js';

const app = useTestApp();

const DOCUMENTS = ['one', 'one two', 'one two', 'one two three'];
const LIST_OF_PAIRS = { text_1: DOCUMENTS, text_2: DOCUMENTS };

/** Every dialect on each of its paths; a parameter of a path may be anything. */
const CASES = DIALECTS.flatMap((dialect) =>
  dialect.mounts.map((mount) => ({ name: dialect.name, dialect, path: mount.replaceAll(/:\w+/gu, 'some-model') })),
);

const COUNTED = ['rerank_documents_total', 'rerank_request_documents_count', 'rerank_request_documents_sum'];

/** What a request added to each metric, and the line that it wrote. */
async function recordOf(series: string, path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  const names = [...COUNTED, 'rerank_duplicate_documents_total', 'rerank_tokenize_seconds_count', series];
  const values = () => Promise.all(names.map((name) => app().metric(name)));
  const before = await values();
  const from = app().log.length;
  const response = await app().post(path, body, headers);
  const after = await values();
  const lines = app()
    .log.slice(from)
    .filter(({ msg }) => msg === 'answered');
  expect(lines).toHaveLength(1);
  const added = Object.fromEntries(names.map((name, place) => [name, after[place]! - before[place]!]));
  return { response, line: lines[0]!, added };
}

async function idOf(prompt: string): Promise<number> {
  return (await app().post('/tokenize', { prompt })).json<{ tokens: number[] }>().tokens[0]!;
}

/** With the ids that the embedded model has for yes and no. */
async function bodyOf({ example }: Dialect): Promise<object> {
  const body = example.request('q', DOCUMENTS);
  if (!('label_token_ids' in body)) return body;
  return { ...body, label_token_ids: [await idOf('yes'), await idOf('no')] };
}

function answered(answer: unknown, { list }: Dialect['example']): unknown[] {
  const keys = list === '' ? [] : list.split('.');
  return keys.reduce((value, key) => (value as Record<string, unknown>)[key], answer) as unknown[];
}

describe('the record of a request: log line, metrics and answer agree', () => {
  it.each(CASES)('$name at $path', async ({ dialect, path }) => {
    const series = `rerank_requests_total{dialect="${dialect.name}",status="200"}`;
    const body = await bodyOf(dialect);
    const { response, line, added } = await recordOf(series, path, body, dialect.example.headers);
    expect(response.statusCode).toBe(200);
    const documents = answered(response.json(), dialect.example).length;
    expect(line).toMatchObject({ dialect: dialect.name, status: 200, documents, queries: 1 });
    expect(line['reqId']).toBe(response.headers['x-request-id']);
    expect(line['duplicateDocuments']).toBe(1);
    expect(String(line['promptTokens'])).toBe(response.headers['x-compute-tokens']);
    expect(added).toMatchObject({
      rerank_documents_total: documents,
      rerank_request_documents_count: 1,
      rerank_request_documents_sum: documents,
      rerank_duplicate_documents_total: line['duplicateDocuments'],
      rerank_tokenize_seconds_count: 1,
      [series]: 1,
    });
  });

  it.each(['/score', '/vllm/v1/score'])('%s with as many queries as pairs', async (path) => {
    const series = 'rerank_requests_total{dialect="vllm-score",status="200"}';
    const { response, line, added } = await recordOf(series, path, LIST_OF_PAIRS);
    expect(line).toMatchObject({ status: 200, documents: 4, queries: 3, duplicateDocuments: 1 });
    const { data, usage } = response.json<{ data: unknown[]; usage: { prompt_tokens: number } }>();
    expect(data).toHaveLength(4);
    expect(usage.prompt_tokens).toBe(line['promptTokens']);
    expect(response.headers['x-compute-tokens']).toBe(String(line['promptTokens']));
    expect(added).toMatchObject({ rerank_documents_total: 4, rerank_request_documents_count: 1, [series]: 1 });
  });

  it.each([
    { texts: DOCUMENTS, duplicateDocuments: 1 },
    { texts: [...new Set(DOCUMENTS)], duplicateDocuments: 0 },
  ])('/score with one query and a list of texts, $duplicateDocuments of them twice', async ({ texts, ...counted }) => {
    const series = 'rerank_requests_total{dialect="vllm-score",status="200"}';
    const { line, added } = await recordOf(series, '/score', { text_1: 'q', text_2: texts });
    expect(line).toMatchObject({ status: 200, documents: texts.length, queries: 1, ...counted });
    expect(added).toMatchObject({
      rerank_documents_total: texts.length,
      rerank_request_documents_count: 1,
      [series]: 1,
    });
  });

  it.each(['/tokenize', '/tei/tokenize', '/vllm/tokenize'])('%s ranks nothing', async (path) => {
    const series = 'rerank_requests_total{dialect="tokenize",status="200"}';
    const { response, line, added } = await recordOf(
      series,
      path,
      path.startsWith('/vllm') ? { prompt: 'a' } : { inputs: 'a' },
    );
    expect(response.statusCode).toBe(200);
    expect(line).toMatchObject({ dialect: 'tokenize', status: 200 });
    expect(line['documents']).toBeUndefined();
    expect(added).toMatchObject({ rerank_documents_total: 0, rerank_request_documents_count: 0, [series]: 1 });
  });

  it.each(CASES.map(({ name, path, dialect }) => ({ name, path, headers: dialect.example.headers })))(
    'a refusal of $name at $path, with its own status',
    async ({ path, headers }) => {
      const from = app().log.length;
      const response = await app().post(path, '[]', headers);
      const line = app()
        .log.slice(from)
        .find(({ msg }) => msg === 'answered');
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(line).toMatchObject({ status: response.statusCode });
      expect(line!['documents']).toBeUndefined();
      const series = `rerank_requests_total{dialect="${String(line!['dialect'])}",status="${response.statusCode}"}`;
      expect(await app().metric(series)).toBeGreaterThan(0);
    },
  );
});
