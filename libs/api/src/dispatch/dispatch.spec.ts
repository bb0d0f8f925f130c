import { describe, expect, it } from 'vitest';
import { dispatch, CONFLICTS, dialectsAt, RERANK_PATHS, RERANK_ROUTES, type Call } from './dispatch.js';

const PLAIN = { query: 'q', documents: ['a'] };
const NAMED = { model: 'm', ...PLAIN };
const WEAVIATE = { 'request-source': 'unspecified:weaviate' };

type Case = readonly [what: string, path: string, body: unknown, expected: string, headers?: Call['headers']];

const CASES: readonly Case[] = [
  ['no model', '/rerank', PLAIN, 'native'],
  ['null for what is left out', '/rerank', { ...PLAIN, model: null, return_documents: null }, 'native'],
  ['a model', '/rerank', NAMED, 'generic'],
  ['return_documents', '/rerank', { ...PLAIN, return_documents: false }, 'generic'],
  ['texts', '/rerank', { query: 'q', texts: ['a'], top_n: 1 }, 'tei'],
  ["Infinity's client", '/rerank', { ...NAMED, raw_scores: false, return_documents: false }, 'infinity'],
  ['raw_scores alone', '/rerank', { ...NAMED, raw_scores: true }, 'generic'],
  ['raw_scores and no model', '/rerank', { ...PLAIN, raw_scores: true }, 'native'],
  ['Pinecone', '/rerank', NAMED, 'pinecone', { 'x-pinecone-api-version': '2026-04' }],
  ["Weaviate's own reranker", '/rerank', { ...PLAIN, property: '' }, 'weaviate'],
  ['Khoj', '/rerank', { inputs: { query: 'q', passages: ['a'] } }, 'khoj'],
  ['DashScope', '/rerank', { model: 'm', input: { query: 'q', documents: ['a'] } }, 'dashscope'],
  ["Together's SDK, no /v1", '/rerank', NAMED, 'together', { 'user-agent': 'Together/v1 PythonBindings/1.6.0' }],
  ['the Voyage SDK, no /v1', '/rerank', NAMED, 'voyage', { 'x-fern-sdk-name': 'voyageai' }],
  ['top_k at the root', '/rerank', { ...NAMED, top_k: 1, truncation: true }, 'generic'],
  ["LiteLLM's scheme for Infinity", '/rerank', NAMED, 'infinity', { authorization: 'bearer k' }],
  ['any other scheme', '/rerank', NAMED, 'generic', { authorization: 'Bearer k' }],
  ['a bare token', '/rerank', PLAIN, 'native', { authorization: 'k' }],
  ['no body at all', '/rerank', undefined, 'native'],
  ['a body that is a list', '/rerank', [], 'native'],
  ['TEI at its root', '/', { query: 'q', texts: ['a'] }, 'tei'],
  ['SageMaker', '/invocations', { query: 'q', texts: ['a'] }, 'tei'],
  ['SageMaker without texts', '/invocations', NAMED, 'generic'],

  ['a plain body', '/v1/rerank', NAMED, 'generic'],
  ['no model', '/v1/rerank', PLAIN, 'generic'],
  ['top_n', '/v1/rerank', { ...NAMED, top_n: 1 }, 'generic'],
  ['texts', '/v1/rerank', { query: 'q', texts: ['a'] }, 'tei'],
  ['candidates', '/v1/rerank', { query: 'q', candidates: [{ text: 'a' }] }, 'rag-api'],
  ['candidates beside documents', '/v1/rerank', { ...PLAIN, candidates: [] }, 'generic'],
  ['Pinecone below /v1', '/v1/rerank', NAMED, 'pinecone', { 'x-pinecone-api-version': '2026-04' }],
  ["Weaviate's own reranker below /v1", '/v1/rerank', { ...PLAIN, property: '' }, 'weaviate'],
  ['Khoj below /v1', '/v1/rerank', { inputs: { query: 'q', passages: ['a'] } }, 'khoj'],
  ['DashScope below /v1', '/v1/rerank', { model: 'm', input: { query: 'q', documents: ['a'] } }, 'dashscope'],
  ['inputs beside documents', '/v1/rerank', { ...NAMED, inputs: { passages: [] } }, 'generic'],
  ['an input object beside documents', '/v1/rerank', { ...NAMED, input: { documents: [] } }, 'generic'],
  ['an input of null', '/v1/rerank', { ...NAMED, input: null }, 'generic'],
  ["Fireworks' SDK", '/v1/rerank', NAMED, 'fireworks', { 'user-agent': 'AsyncFireworks/Python 1.2.30' }],
  ["Fireworks' instruction", '/inference/v1/rerank', { ...NAMED, task: 'Find it' }, 'fireworks'],
  ['a task of null', '/v1/rerank', { ...NAMED, task: null }, 'generic'],
  ['passages', '/v1/rerank', { query: { text: 'q' }, passages: [] }, 'nim'],
  ['the Voyage SDK', '/v1/rerank', NAMED, 'voyage', { 'x-fern-sdk-name': 'voyageai' }],
  ["Voyage's Python SDK", '/v1/rerank', NAMED, 'voyage', { 'x-voyage-client-user-agent': '{}' }],
  ['the AI SDK for Voyage', '/v1/rerank', NAMED, 'voyage', { 'user-agent': 'ai/6 ai-sdk/voyage/1.0.14' }],
  ["Weaviate's module for Voyage", '/v1/rerank', { ...NAMED, truncation: false }, 'voyage', WEAVIATE],
  ["Weaviate's module for Jina", '/v1/rerank', { ...NAMED, return_documents: false }, 'jina', WEAVIATE],
  ['top_k', '/v1/rerank', { ...NAMED, top_k: 1 }, 'voyage'],
  ['a top_k of null', '/v1/rerank', { ...NAMED, top_k: null }, 'generic'],
  ['texts of null', '/v1/rerank', { ...NAMED, texts: null }, 'generic'],
  ['texts of another type', '/v1/rerank', { ...NAMED, texts: true }, 'generic'],
  ['texts beside documents', '/v1/rerank', { ...NAMED, texts: ['b'] }, 'generic'],
  ['passages of null', '/v1/rerank', { ...NAMED, passages: null }, 'generic'],
  ['passages beside documents', '/v1/rerank', { ...NAMED, passages: [] }, 'generic'],
  ['input of null', '/v1/reranking', { ...NAMED, input: null }, 'generic'],
  ['input beside documents', '/v1/reranking', { ...NAMED, input: ['b'] }, 'generic'],
  ['candidates of null', '/v1/rerank', { ...NAMED, candidates: null }, 'generic'],
  ['raw_scores of null', '/rerank', { ...NAMED, raw_scores: null }, 'generic'],
  ['rank_fields of another type', '/v1/rerank', { ...NAMED, rank_fields: 'text' }, 'generic'],
  ['truncation as a word', '/v1/rerank', { ...NAMED, truncation: 'true' }, 'generic'],
  ['label_token_ids of null', '/score', { text_1: 'a', text_2: 'b', label_token_ids: null }, 'vllm-score'],
  ['top_k beside top_n', '/v1/rerank', { ...NAMED, top_k: 1, top_n: 1 }, 'generic'],
  ['truncation', '/v1/rerank', { ...NAMED, truncation: true }, 'voyage'],
  ['a truncation of null', '/v1/rerank', { ...NAMED, truncation: null }, 'generic'],
  ['the Cohere SDK', '/v1/rerank', NAMED, 'cohere-v1', { 'x-fern-sdk-name': 'cohere-ai' }],
  ["Cohere's Python SDK", '/v1/rerank', NAMED, 'cohere-v1', { 'x-fern-sdk-name': 'cohere' }],
  ['a Cohere user agent', '/v1/rerank', NAMED, 'cohere-v1', { 'user-agent': 'cohere/7.0.9' }],
  ['the AI SDK for Cohere', '/v1/rerank', NAMED, 'cohere-v1', { 'user-agent': 'ai/6 ai-sdk/cohere/3' }],
  ['rank_fields', '/v1/rerank', { ...NAMED, rank_fields: ['a'] }, 'cohere-v1'],
  ['rank_fields of null', '/v1/rerank', { ...NAMED, rank_fields: null }, 'generic'],
  ['max_chunks_per_doc', '/v1/rerank', { ...NAMED, max_chunks_per_doc: 10 }, 'cohere-v1'],
  ['SiliconFlow', '/v1/rerank', { ...NAMED, max_chunks_per_doc: 1024, overlap_tokens: 80 }, 'generic'],
  ['max_chunks_per_doc of null', '/v1/rerank', { ...NAMED, max_chunks_per_doc: null }, 'generic'],
  ['/v1 twice', '/v1/v1/rerank', { ...NAMED, top_k: 1 }, 'voyage'],
  ['OpenRouter', '/api/v1/rerank', NAMED, 'generic'],

  ['Cohere v2', '/v2/rerank', NAMED, 'cohere-v2'],
  ['Cohere v2 behind /v1', '/v1/v2/rerank', NAMED, 'cohere-v2'],
  ['Cohere v2 behind /v2', '/v2/v2/rerank', NAMED, 'cohere-v2'],
  ['Azure', '/providers/cohere/v2/rerank', NAMED, 'cohere-v2'],

  ['input', '/v1/reranking', { query: 'q', input: ['a'] }, 'mixedbread'],
  ['input', '/reranking', { query: 'q', input: ['a'] }, 'mixedbread'],
  ['texts', '/reranking', { query: 'q', texts: ['a'] }, 'tei'],
  ['passages', '/reranking', { query: { text: 'q' }, passages: [] }, 'nim'],
  ['documents', '/reranking', NAMED, 'generic'],
  ['the hosted NIM', '/v1/retrieval/:vendor/:model/reranking', {}, 'nim'],
  ['RAGFlow with a NIM', '/:model/reranking', {}, 'nim'],
  ['a NIM', '/v1/ranking', {}, 'nim'],
  ['vLLM score', '/score', { text_1: 'a', text_2: 'b' }, 'vllm-score'],
  ['SGLang score', '/v1/score', { query: 'q', items: ['a'], label_token_ids: [1, 2] }, 'sglang-score'],
  ["Dify's ollama", '/api/rerank', NAMED, 'string-document'],
];

describe('dispatch', () => {
  it.each(
    CASES.map(([what, path, body, expected, headers = {}]) => ({ what, expected, call: { path, body, headers } })),
  )('$what at $call.path: $expected', ({ call, expected }) => {
    const found = dispatch(call)!;
    expect(found.name).toBe(expected);
    expect(dialectsAt(call.path)).toContain(found);
  });

  it.each([
    ['/cohere/v1/rerank', 'cohere-v1'],
    ['/voyage/v1/rerank', 'voyage'],
    ['/vllm/v2/rerank', 'vllm'],
    ['/tei', 'tei'],
    ['/sglang/v1/rerank', 'sglang'],
  ])('%s is one vendor, whatever is sent there', (path, expected) => {
    for (const body of [PLAIN, { query: 'q', texts: ['a'] }, { ...NAMED, top_k: 1, rank_fields: ['a'] }]) {
      expect(dispatch({ path, headers: { 'x-fern-sdk-name': 'cohere' }, body })?.name).toBe(expected);
    }
  });

  it('knows every path that is registered, and no other', () => {
    expect(RERANK_PATHS.every((path) => dispatch({ path, headers: {}, body: {} }) !== undefined)).toBe(true);
    expect(dispatch({ path: '/health', headers: {}, body: {} })).toBeUndefined();
  });

  it.each([
    ['/openai/v1/rerank', '/v1/rerank'],
    ['/v1/rerank/rerank', '/v1/rerank'],
    ['/rerank/rerank', '/rerank'],
    ['/api/v1/reranking', '/v1/reranking'],
    ['/reranking/reranking', '/v1/reranking'],
    ['/infinity/v1/rerank', '/infinity/rerank'],
    ['/cohere/rerank', '/cohere/v2/rerank'],
    ['/cohere/v2/v2/rerank', '/cohere/v2/rerank'],
    ['/cohere/v1/v1/rerank', '/cohere/v1/rerank'],
    ['/jina/rerank', '/jina/v1/rerank'],
    ['/tei/v1/rerank', '/tei/rerank'],
    ['/vllm/score', '/vllm/v1/score'],
    ['/reranks', '/v1/reranks'],
    ['/inference/v1/rerank', '/v1/rerank'],
    ['/v3/v1/rerank', '/v1/rerank'],
    ['/v3/v2/rerank', '/v2/rerank'],
    ['/v2/v1/rerank', '/v1/rerank'],
    ['/api/v1/v1/rerank', '/v1/rerank'],
    ['/openai/v1/v2/rerank', '/v2/rerank'],
    ['/api/v1/rerank', '/v1/rerank'],
    ['/api/rerank/rerank', '/api/rerank'],
    ['/services/rerank/text-rerank/text-rerank', '/api/v1/services/rerank/text-rerank/text-rerank'],
    ['/v1/services/rerank/text-rerank/text-rerank', '/api/v1/services/rerank/text-rerank/text-rerank'],
    ['/dashscope/reranks', '/dashscope/v1/reranks'],
    ['/pinecone/v1/rerank', '/pinecone/rerank'],
    ['/engines/llama.cpp/v1/reranking', '/v1/reranking'],
    ['/compatible-mode/v1/reranks', '/v1/reranks'],
    ['/nim/retrieval/:model/reranking', '/nim/v1/retrieval/:model/reranking'],
    ['/nim/v1/reranking', '/nim/reranking'],
    ['/api/v1/reranking/rerank', '/v1/reranking'],
    ['/compatible-api/v1/reranks/rerank', '/v1/reranks'],
    ['/compatible-api/v1/rerank', '/v1/rerank'],
    ['/openai/rerank', '/v1/rerank'],
    ['/api/reranks', '/v1/reranks'],
    ['/v1/rerank/v1/rerank', '/v1/rerank'],
    ['/rerank/v1/rerank', '/v1/rerank'],
    ['/v1/rerank/v2/rerank', '/v2/rerank'],
    ['/cohere/v2/rerank/v2/rerank', '/cohere/v2/rerank'],
    ['/jina/v1/rerank/v1/rerank', '/jina/v1/rerank'],
  ])('%s is a spelling of %s', (route, path) => {
    expect(RERANK_ROUTES).toContain(route);
    expect(dialectsAt(route)).toEqual(dialectsAt(path));
  });

  it.each(['/cohere/inference/v1/rerank', '/inference/v1/score', '/v3/rerankings/x'])('%s is no route', (route) => {
    expect(RERANK_ROUTES).not.toContain(route);
  });

  it('has a route once, and no conflict that is not one', () => {
    expect(new Set(RERANK_ROUTES).size).toBe(RERANK_ROUTES.length);
    for (const [route, path] of Object.entries(CONFLICTS)) expect(dialectsAt(route)).toEqual(dialectsAt(path));
  });
});
