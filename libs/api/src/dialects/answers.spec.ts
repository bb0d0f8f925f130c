import { describe, expect, it } from 'vitest';
import { dispatch } from '../dispatch/dispatch.js';
import { EXAMPLE_CONTEXT, EXAMPLE_RANKING } from '../openapi/examples.js';
import { metaOf } from '../shared/results.js';
import { validBody } from '../shared/validation.js';
import { vllmScore } from './vllm/vllm-score.dialect.js';
import { vllm } from './vllm/vllm.dialect.js';

const TEXTS = ['one', 'two'];

function ask(path: string, fields: object, headers = {}) {
  const dialect = dispatch({ path, headers, body: fields })!;
  const body = validBody(dialect.request, fields);
  return {
    requests: dialect.toRequests(body),
    answer: dialect.toAnswer([EXAMPLE_RANKING], body, EXAMPLE_CONTEXT) as Record<string, unknown>,
  };
}

const unitsOf = (pairTokens: number[]) => metaOf({ ...EXAMPLE_RANKING, pairTokens }, '1').billed_units.search_units;

const vllmDocuments = (documents: unknown) =>
  vllm.toRequests(validBody(vllm.request, { query: 'q', documents })).flatMap((request) => request.documents);

const longDocumentsAt = (path: string, fields: object) =>
  ask(path, { query: 'q', documents: TEXTS, ...fields }).requests[0]!.longDocuments;

const labelScores = (ids: number[]) => ask('/score', { query: 'q', items: TEXTS, label_token_ids: ids }).answer;

const answer = (path: string, fields: object, headers = {}) =>
  ask(path, { query: 'q', documents: TEXTS, ...fields }, headers).answer;

describe('the answer that all clients can read', () => {
  const plain = answer('/v1/rerank', { model: 'm' });

  it('has the keys of every vendor, results before any nested object', () => {
    expect(plain).toEqual({
      id: EXAMPLE_CONTEXT.requestId,
      object: 'rerank',
      model: 'm',
      results: [
        { index: 1, relevance_score: 0.9375, document: { text: 'two' } },
        { index: 0, relevance_score: 0.0625, document: { text: 'one' } },
      ],
      data: [
        { index: 1, relevance_score: 0.9375, document: 'two' },
        { index: 0, relevance_score: 0.0625, document: 'one' },
      ],
      usage: { prompt_tokens: 180, completion_tokens: 0, total_tokens: 180 },
      meta: {
        api_version: { version: '1' },
        billed_units: { search_units: 1 },
        tokens: { input_tokens: 180, output_tokens: 0 },
      },
    });
    expect(JSON.stringify(plain).indexOf('{', 1)).toBeGreaterThan(JSON.stringify(plain).indexOf('"results"'));
  });

  it("has Voyage's data where the caller may be one, and not twice the documents elsewhere", () => {
    expect(answer('/v1/rerank', { return_documents: true })).toHaveProperty('data');
    expect(answer('/v1/rerank', { top_n: 2 })).toHaveProperty('data'); // Fireworks
    expect(answer('/v1/rerank', { user: 'u' })).not.toHaveProperty('data');
    expect(answer('/v1/rerank', { top_k: 2 })).toHaveProperty('data');
    expect(answer('/v1/rerank', {}, { 'x-fern-sdk-name': 'cohere-ai' })).not.toHaveProperty('data');
  });

  it.each([
    ['/v1/rerank', {}, {}, true],
    ['/v1/rerank', { top_n: 2 }, {}, true],
    ['/v1/rerank', { rank_fields: ['text'] }, {}, false],
    ['/v1/rerank', { top_k: 2 }, {}, false],
    ['/v1/rerank', { top_k: 2, return_documents: 'true' }, {}, true],
    ['/v1/rerank', {}, { 'x-fern-sdk-name': 'cohere' }, false],
    ['/v2/rerank', {}, {}, false],
    ['/v2/rerank', { return_documents: true }, {}, true],
    ['/rerank', { return_documents: false }, {}, false],
  ])('%s with %o and %o shows documents: %s', (path, fields, headers, expected) => {
    const { results } = answer(path, fields, headers) as { results: object[] };
    expect(results.every((result) => 'document' in result)).toBe(expected);
  });

  it('keeps the other keys of an object document; flat ones only for a Cohere client', () => {
    const documents = ['x', { text: 'two', id: 7, more: { a: 1 } }];
    const first = (headers: object) =>
      (answer('/v1/rerank', { documents, return_documents: true }, headers) as { results: object[] }).results[0];
    expect(first({})).toMatchObject({ document: { text: 'two', id: 7, more: { a: 1 } } });
    expect(first({ 'user-agent': 'cohere/7' })).toEqual({
      index: 1,
      relevance_score: 0.9375,
      document: { text: 'two', id: 7 },
    });
  });

  it('has strings at the path whose clients expect them', () => {
    expect(answer('/api/rerank', {})).toMatchObject({ results: [{ document: 'two' }, { document: 'one' }] });
  });

  it.each([
    {},
    { model: 'm' },
    { return_documents: true },
    { top_n: 2 },
    { instruction: 'i' },
    { task: 'i' },
    { raw_scores: true },
    { min_score: 0 },
    { priority: 1 },
    { return_details: true },
    { max_tokens_per_doc: 9 },
    { long_documents: 'chunk' },
    { user: 'u' },
  ])('shows a document in one shape, whatever else is asked for: %o', (fields) => {
    for (const path of ['/rerank', '/v1/rerank', '/reranking']) {
      expect(answer(path, fields)).toMatchObject({ results: [{ document: { text: 'two' } }, {}] });
      expect(answer(path, { model: 'm', ...fields })).toMatchObject({ results: [{ document: { text: 'two' } }, {}] });
    }
  });

  it("reads Fireworks' task as the instruction, and has its data whatever else is sent", () => {
    const { requests, answer: found } = ask('/v1/rerank', { query: 'q', documents: TEXTS, task: 'i', user: 'u' });
    expect(requests).toMatchObject([{ instruction: 'i' }]);
    expect(found).toMatchObject({ data: [{ index: 1, relevance_score: 0.9375, document: 'two' }, {}] });
  });

  it('calls itself a rerank, as the clients of Together and Infinity need, but a list for those of Voyage', () => {
    for (const path of ['/rerank', '/v1/rerank', '/v2/rerank', '/api/rerank']) {
      expect(answer(path, {})).toMatchObject({ object: 'rerank' });
    }
    expect(answer('/v1/rerank', { top_k: 2 })).toMatchObject({ object: 'list' });
  });

  it("leaves documents out for Weaviate's jinaai, unless it asks", () => {
    const headers = { 'request-source': 'unspecified:weaviate' };
    expect(answer('/v1/rerank', { model: 'm' }, headers)).toMatchObject({ results: [{ index: 1 }, { index: 0 }] });
    expect(JSON.stringify(answer('/v1/rerank', { model: 'm' }, headers))).not.toContain('document');
    expect(answer('/v1/rerank', { return_documents: true }, headers)).toMatchObject({
      results: [{ document: { text: 'two' } }, {}],
    });
  });

  it('bills a search unit for a hundred documents of at most 500 tokens', () => {
    const pairTokens = [500, 501, ...Array<number>(97).fill(10)];
    expect(unitsOf(pairTokens)).toBe(1);
    expect(unitsOf([...pairTokens, 1])).toBe(2);
  });
});

describe('a vendor to the letter', () => {
  const results = [
    { index: 1, relevance_score: 0.9375 },
    { index: 0, relevance_score: 0.0625 },
  ];
  const meta = { billed_units: { search_units: 1 }, tokens: { input_tokens: 180, output_tokens: 0 } };

  it('Cohere v1 and v2', () => {
    const id = EXAMPLE_CONTEXT.requestId;
    expect(answer('/cohere/v1/rerank', {})).toEqual({
      id,
      results,
      meta: { api_version: { version: '1' }, ...meta },
    });
    expect(answer('/cohere/v2/rerank', {})).toEqual({
      id,
      results,
      meta: { api_version: { version: '2' }, ...meta },
    });
    expect(ask('/cohere/v2/rerank', { query: 'q', documents: TEXTS }).requests[0]!.limits).toEqual({
      documentTokens: 4096,
    });
    expect(() => answer('/cohere/v1/rerank', { top_n: 0 })).toThrow('top_n must be at least 1');
    expect(() => answer('/cohere/v1/rerank', { documents: ['a', ''] })).toThrow(/documents\[1\]/u);
    expect(() => answer('/cohere/v1/rerank', { documents: [{ title: 'a' }] })).toThrow(/documents\[0\]/u);
    expect(() => answer('/cohere/v2/rerank', { documents: [{ text: 'a' }] })).toThrow('must be an array of strings');
  });

  it('Jina', () => {
    expect(answer('/jina/v1/rerank', { model: 'm', return_documents: false })).toEqual({
      model: 'm',
      object: 'list',
      usage: { total_tokens: 180 },
      results,
    });
    expect(() => answer('/jina/v1/rerank', { top_n: 0 })).toThrow('top_n must be at least 1');
  });

  it('Voyage', () => {
    expect(answer('/voyage/v1/rerank', { return_documents: true })).toEqual({
      object: 'list',
      data: [
        { index: 1, relevance_score: 0.9375, document: 'two' },
        { index: 0, relevance_score: 0.0625, document: 'one' },
      ],
      model: 'embedded',
      usage: { total_tokens: 180 },
    });
  });

  it('text-embeddings-inference has no top_n, but LiteLLM and Elasticsearch send one', () => {
    const { requests, answer: array } = ask('/tei/rerank', { query: 'q', texts: TEXTS, top_n: 1, return_text: true });
    expect(requests[0]!.topN).toBe(1);
    expect(array).toEqual([
      { index: 1, text: 'two', score: 0.9375 },
      { index: 0, text: 'one', score: 0.0625 },
    ]);
    expect(ask('/tei/rerank', { query: 'q', documents: TEXTS, top_n: 1 }).requests[0]!.topN).toBe(1);
  });

  it('vLLM always shows documents, and refuses what is too long unless told how to cut', () => {
    expect(answer('/vllm/v1/rerank', { return_documents: false })).toMatchObject({
      id: `rerank-${EXAMPLE_CONTEXT.requestId}`,
      results: [{ index: 1, document: { text: 'two', multi_modal: null }, relevance_score: 0.9375 }, {}],
    });
    expect(longDocumentsAt('/vllm/rerank', {})).toEqual({ kind: 'refuse' });
    expect(longDocumentsAt('/vllm/rerank', { truncate_prompt_tokens: -1 })).toBeUndefined();
    expect(longDocumentsAt('/vllm/rerank', { truncate_prompt_tokens: 9, truncation_side: 'left' })).toEqual({
      kind: 'cut',
      keep: 'end',
    });
  });

  it('vLLM score: one query, or pairs, in the order of the request', () => {
    const { requests, answer: scores } = ask('/score', { text_1: 'q', text_2: TEXTS });
    expect(requests).toMatchObject([{ query: 'q', documents: TEXTS }]);
    expect(scores).toMatchObject({
      object: 'list',
      data: [
        { index: 0, object: 'score', score: 0.0625 },
        { index: 1, object: 'score', score: 0.9375 },
      ],
    });
    const pairs = vllmScore;
    const body = validBody(pairs.request, { queries: ['p', 'q', 'p'], documents: ['a', 'b', 'c'] });
    expect(pairs.toRequests(body)).toMatchObject([
      { query: 'p', documents: ['a', 'c'] },
      { query: 'q', documents: ['b'] },
    ]);
    const alone = { ...EXAMPLE_RANKING, ranked: [{ ...EXAMPLE_RANKING.ranked[0]!, index: 0 }] };
    expect(pairs.toAnswer([EXAMPLE_RANKING, alone], body, EXAMPLE_CONTEXT)).toMatchObject({
      data: [
        { index: 0, score: 0.0625 },
        { index: 1, score: 0.9375 },
        { index: 2, score: 0.9375 },
      ],
    });
    expect(() => ask('/score', { text_1: ['a', 'b'], text_2: ['c'] })).toThrow('2 queries and 1 documents');
    expect(() => ask('/score', { text_1: ['a', 'b'] })).toThrow('send queries and documents');
  });

  it('vLLM takes one document alone', () => {
    expect(vllmDocuments('one')).toEqual(['one']);
    expect(vllmDocuments({ content: [{ type: 'text', text: 'one' }] })).toEqual(['one']);
    expect(() => vllmDocuments([])).toThrow('documents must hold at least one document');
    expect(() => vllmDocuments({ image: 'x' })).toThrow(/^documents\[0\]/u);
  });

  it.each([
    ['/voyage/v1/rerank', {}, 1 / 4],
    ['/cohere/v2/rerank', {}, 1 / 2],
    ['/jina/v1/rerank', {}, 1 / 2],
    ['/infinity/rerank', {}, 1 / 2],
    ['/tei/rerank', {}, 1 / 2],
    ['/v1/rerank', {}, 1 / 2],
    ['/voyage/v1/rerank', { truncation: false }, undefined],
    ['/tei/rerank', { truncate: false }, undefined],
    ['/jina/v1/rerank', { truncate: false }, undefined],
    ['/vllm/rerank', {}, undefined],
    ['/vllm/rerank', { max_tokens_per_doc: 9 }, undefined],
    ['/vllm/rerank', { truncate_prompt_tokens: -1 }, 1 / 2],
    ['/v1/score', { queries: 'q', truncate_prompt_tokens: -1 }, 1 / 2],
    ['/v1/score', { queries: 'q' }, undefined],
    ['/pinecone/rerank', {}, 1 / 2],
    ['/pinecone/rerank', { parameters: { truncate: 'END' } }, 1 / 2],
    ['/pinecone/rerank', { parameters: { truncate: 'NONE' } }, undefined],
    ['/weaviate/rerank', { property: '' }, 1 / 2],
    ['/v1/rerank', { documents: undefined, input: { query: 'q', documents: TEXTS } }, 1 / 2],
    ['/rerank', { documents: undefined, inputs: { query: 'q', passages: TEXTS } }, 1 / 2],
    ['/predict', { inputs: [['q', 'a']] }, 1 / 2],
    ['/predict', { inputs: [['q', 'a']], truncate: false }, undefined],
    ['/v1/models/rerank', {}, undefined],
  ])('%s %o keeps %s of the context for a query that is too long', (path, fields, share) => {
    const [request] = ask(path, { query: 'q', documents: TEXTS, ...fields }).requests;
    expect(request!.longQuery?.share).toBe(share);
  });

  it('a NIM cuts a query at the end when it is told to', () => {
    const body = { query: { text: 'q' }, passages: ['a', 'b'] };
    expect(ask('/v1/ranking', { ...body, truncate: 'END' }).requests[0]!.longQuery?.share).toBe(1 / 2);
    expect(ask('/v1/ranking', { ...body, truncate: 'NONE' }).requests[0]!.longQuery).toBeUndefined();
  });

  it('Pinecone cuts a document that is too long unless its parameters say NONE', () => {
    expect(longDocumentsAt('/pinecone/rerank', { parameters: { truncate: 'NONE' } })).toEqual({ kind: 'refuse' });
    expect(longDocumentsAt('/pinecone/rerank', { parameters: { truncate: 'END' } })).toBeUndefined();
    expect(longDocumentsAt('/pinecone/rerank', { parameters: {} })).toBeUndefined();
    expect(() => longDocumentsAt('/pinecone/rerank', { parameters: 'NONE' })).toThrow('parameters must be an object');
  });

  it('Pinecone gets a document as it was sent, whatever field was read', () => {
    const documents = [
      { body: 'one', id: 'a' },
      { body: 'two', content: null },
    ];
    const { data } = answer('/pinecone/rerank', { documents, rank_fields: ['body'] }) as {
      data: { document: object }[];
    };
    expect(data.map(({ document }) => document)).toEqual(documents.toReversed());
  });

  it('TEI takes an empty query, but not beside an empty text', () => {
    expect(ask('/tei/rerank', { query: '', texts: TEXTS }).requests[0]!.query).toBe('');
    expect(() => ask('/tei/rerank', { query: '', texts: ['a', ''] })).toThrow('query must not be empty');
  });

  it('Infinity', () => {
    expect(answer('/infinity/rerank', { return_documents: true })).toMatchObject({
      object: 'rerank',
      results: [{ index: 1, relevance_score: 0.9375, document: 'two' }, {}],
      id: `infinity-${EXAMPLE_CONTEXT.requestId}`,
    });
    expect(answer('/rerank', { raw_scores: true })).toMatchObject({
      results: [{ index: 1, relevance_score: 2.708 }, {}],
    });
  });

  it('SGLang', () => {
    expect(answer('/sglang/v1/rerank', {})).toMatchObject([{ score: 0.9375, document: 'two', index: 1 }, {}]);
    expect(labelScores([9693, 2152])).toMatchObject({
      scores: [
        [0.0625, 0.9375],
        [0.9375, 0.0625],
      ],
      object: 'scoring',
    });
    expect(labelScores([2152])).toMatchObject({ scores: [[0.9375], [0.0625]] });
    expect(() => labelScores([])).toThrow('label_token_ids must be an array of token ids');
    expect(() => labelScores([9693, 2152, 9693])).toThrow('label_token_ids must hold at most 2 token ids');
    expect(() => labelScores([1])).toThrow('label_token_ids must be the ids of yes (9693) and no (2152)');
  });

  it('NIM answers raw scores; it has no top_k, but LiteLLM sends one', () => {
    const { requests, answer: nim } = ask('/v1/ranking', {
      query: { text: 'q' },
      passages: [{ text: 'one' }, { text: 'two' }],
      top_k: 1,
      truncate: 'END',
    });
    expect(requests).toMatchObject([{ query: 'q', documents: TEXTS, topN: 1 }]);
    expect(nim).toMatchObject({
      rankings: [
        { index: 1, logit: 2.708 },
        { index: 0, logit: -2.708 },
      ],
    });
  });

  it('Mixedbread', () => {
    expect(ask('/v1/reranking', { query: 'q', input: TEXTS, return_input: true }).answer).toMatchObject({
      object: 'list',
      data: [{ index: 1, score: 0.9375, input: 'two', object: 'rank_result' }, {}],
      top_k: 2,
      return_input: true,
    });
  });

  it.each([
    [{ authorization: 'k', 'x-fern-language': 'Python' }, 'text_document'],
    [{ authorization: 'Bearer k', 'x-fern-language': 'Python' }, 'rank_result'],
    [{ authorization: 'k' }, 'rank_result'],
  ])('Mixedbread with the headers %o, of which its first Python package sends the first: %s', (headers, object) => {
    const asked = ask('/v1/reranking', { query: 'q', input: TEXTS }, headers);
    expect(asked.answer).toMatchObject({ data: [{ object }, { object }] });
  });

  it("LibreChat's rag_api", () => {
    const candidates = TEXTS.map((text, id) => ({ id, text, base_score: 0 }));
    expect(ask('/v1/rerank', { profile: 'p', query: 'q', candidates, top_n: 1 }).answer).toMatchObject({
      results: [
        { index: 1, score: 0.9375 },
        { index: 0, score: 0.0625 },
      ],
    });
  });
});
