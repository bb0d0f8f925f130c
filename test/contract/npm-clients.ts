import { createCohere } from '@ai-sdk/cohere';
import { createTogetherAI } from '@ai-sdk/togetherai';
import { createVoyage as createOfficialVoyage } from '@ai-sdk/voyage';
import Mixedbread from '@mixedbread/sdk';
import { rerank, type RerankingModel } from 'ai';
import { CohereClient, CohereClientV2 } from 'cohere-ai';
import Together from 'together-ai';
import { createVoyage } from 'voyage-ai-provider';
import { VoyageAIClient } from 'voyageai';
import type { Asked, Client, Refusal } from './client.js';

/** One attempt: a refusal must reach the test. */
const ONCE = { maxRetries: 0 };
const MODEL = 'rerank-model';

const COHERE = {
  package: 'cohere-ai',
  reads: { list: 'results', document: 'object', also: ['meta'] },
  errors: {
    400: 'BadRequestError',
    401: 'UnauthorizedError',
    413: 'CohereError',
    429: 'TooManyRequestsError',
    503: 'ServiceUnavailableError',
  },
} as const;
const COHERE_V2 = { ...COHERE, reads: { list: 'results', also: ['meta'] } } as const;
const VOYAGE = {
  package: 'voyageai',
  reads: { list: 'data', document: 'string', also: ['usage.total_tokens'] },
  errors: sameFor('VoyageAIError'),
} as const;
/** SDKs that Stainless generates. */
const STAINLESS = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  413: 'APIError',
  429: 'RateLimitError',
  503: 'InternalServerError',
} as const;
const USAGE = ['usage.prompt_tokens', 'usage.completion_tokens', 'usage.total_tokens'];
const AI_SDK = { errors: sameFor('APICallError') };

/** The clients that are light enough to be installed with this repository; `clients/npm` has the others. */
export const CLIENTS: readonly Client[] = [
  { ...COHERE, name: 'cohere-ai, v1', rank: (url, key, asked) => cohereV1({ environment: url, token: key }, asked) },
  {
    ...COHERE,
    name: 'cohere-ai, v1, base URL with /v1',
    rank: (url, key, asked) => cohereV1({ baseUrl: `${url}/v1`, token: key }, asked),
  },
  {
    ...COHERE,
    name: 'cohere-ai, v1, mounted',
    rank: (url, key, asked) => cohereV1({ environment: `${url}/cohere`, token: key }, asked),
  },
  { ...COHERE_V2, name: 'cohere-ai, v2', rank: cohereV2 },
  {
    ...COHERE_V2,
    name: 'cohere-ai, v2, base URL with /v2',
    rank: (url, key, asked) => cohereV2(`${url}/v2`, key, asked),
  },
  { ...COHERE_V2, name: 'cohere-ai, v2, spans and priority', rank: cohereSpans },
  { ...VOYAGE, name: 'voyageai', rank: (url, key, asked) => voyage(`${url}/v1`, key, asked) },
  { ...VOYAGE, name: 'voyageai, mounted', rank: (url, key, asked) => voyage(`${url}/voyage/v1`, key, asked) },
  {
    name: 'together-ai',
    reads: { list: 'results', document: 'object' },
    errors: STAINLESS,
    rank: together,
  },
  { name: '@mixedbread/sdk', reads: { list: 'data' }, errors: STAINLESS, rank: mixedbread },
  {
    ...AI_SDK,
    name: '@ai-sdk/cohere',
    reads: { list: 'results', also: ['meta'] },
    rank: (url, apiKey, asked) => aiSdk(createCohere({ apiKey, baseURL: `${url}/v2` }).reranking(MODEL), asked),
  },
  {
    ...AI_SDK,
    name: '@ai-sdk/voyage',
    reads: { list: 'data', also: ['usage.total_tokens'] },
    rank: (url, apiKey, asked) => aiSdk(createOfficialVoyage({ apiKey, baseURL: `${url}/v1` }).reranking(MODEL), asked),
  },
  {
    ...AI_SDK,
    name: '@ai-sdk/togetherai',
    reads: { list: 'results', also: USAGE },
    rank: (url, apiKey, asked) => aiSdk(createTogetherAI({ apiKey, baseURL: `${url}/v1` }).reranking(MODEL), asked),
  },
  {
    ...AI_SDK,
    name: 'voyage-ai-provider',
    reads: { list: 'data', also: ['object', 'model', 'usage.total_tokens'] },
    rank: (url, apiKey, asked) => aiSdk(createVoyage({ apiKey, baseURL: `${url}/v1` }).reranking(MODEL), asked),
  },
];

async function cohereV1(options: { environment?: string; baseUrl?: string; token: string }, asked: Asked) {
  const client = new CohereClient(options);
  const body = { model: MODEL, query: asked.query, documents: asked.documents, returnDocuments: true };
  const { results } = await client.rerank({ ...body, ...topN(asked, 'topN') }, ONCE);
  return results.map((result) => ({
    index: result.index,
    score: result.relevanceScore,
    document: result.document?.text,
  }));
}

async function cohereV2(environment: string, token: string, asked: Asked) {
  const client = new CohereClientV2({ environment, token });
  const body = { model: MODEL, query: asked.query, documents: asked.documents };
  const { results } = await client.rerank({ ...body, ...topN(asked, 'topN') }, ONCE);
  return results.map((result) => ({ index: result.index, score: result.relevanceScore }));
}

/** It knows `priority`, and hands on `relevant_spans`. The documents are a sentence each, so the spans are the whole of them. */
async function cohereSpans(environment: string, token: string, asked: Asked) {
  const client = new CohereClientV2({ environment, token });
  const wanted = { priority: 1, relevant_spans: { mode: 'enabled' } };
  const body = { model: MODEL, query: asked.query, documents: asked.documents, ...wanted };
  const { results } = await client.rerank({ ...body, ...topN(asked, 'topN') }, ONCE);
  return results.map((result) => {
    const { relevant_spans: spans = [] } = result as { relevant_spans?: { start: number; end: number }[] };
    const points = Array.from(asked.documents[result.index]!);
    const document = spans.map(({ start, end }) => points.slice(start, end).join('')).join(' … ');
    return { index: result.index, score: result.relevanceScore, document };
  });
}

async function voyage(environment: string, apiKey: string, asked: Asked) {
  const client = new VoyageAIClient({ apiKey, environment });
  const body = { model: MODEL, query: asked.query, documents: asked.documents, returnDocuments: true };
  const { data } = await client.rerank({ ...body, ...topN(asked, 'topK') }, ONCE);
  return data!.map((item) => ({ index: item.index!, score: item.relevanceScore!, document: item.document }));
}

async function together(url: string, apiKey: string, asked: Asked) {
  const client = new Together({ apiKey, baseURL: `${url}/v1`, ...ONCE });
  const body = { model: MODEL, query: asked.query, documents: asked.documents, return_documents: true };
  const { results } = await client.rerank.create({ ...body, ...topN(asked, 'top_n') });
  return results.map((result) => ({
    index: result.index,
    score: result.relevance_score,
    document: result.document?.text ?? undefined,
  }));
}

async function mixedbread(baseURL: string, apiKey: string, asked: Asked) {
  const client = new Mixedbread({ apiKey, baseURL, ...ONCE });
  const body = { model: MODEL, query: asked.query, input: asked.documents, return_input: true };
  const { data } = await client.rerank({ ...body, ...topN(asked, 'top_k') });
  return data.map((item) => ({ index: item.index, score: item.score, document: item.input as string }));
}

async function aiSdk(model: RerankingModel, { query, documents, topN: count }: Asked) {
  const { ranking } = await rerank({ model, query, documents, ...(count && { topN: count }), ...ONCE });
  return ranking.map((item) => ({ index: item.originalIndex, score: item.score }));
}

function topN<Name extends string>({ topN: count }: Asked, name: Name): { [key in Name]?: number } {
  return count === undefined ? {} : ({ [name]: count } as { [key in Name]: number });
}

/** Clients with one class for every status. */
function sameFor(error: string): Record<Refusal, string> {
  return { 400: error, 401: error, 413: error, 429: error, 503: error };
}
