import { createCohere } from '@ai-sdk/cohere';
import { createTogetherAI } from '@ai-sdk/togetherai';
import { createVoyage as createOfficialVoyage } from '@ai-sdk/voyage';
import Mixedbread from '@mixedbread/sdk';
import { rerank, type RerankingModel } from 'ai';
import { CohereClient, CohereClientV2 } from 'cohere-ai';
import Together from 'together-ai';
import { createVoyage } from 'voyage-ai-provider';
import { VoyageAIClient } from 'voyageai';

export interface Asked {
  readonly query: string;
  readonly documents: string[];
  readonly topN?: number;
}

export interface Ranked {
  readonly index: number;
  readonly score: number;
  /** Undefined where the client cannot ask for it. */
  readonly document?: string | undefined;
}

/** A published client with its base URL changed, and nothing else. */
export interface Client {
  readonly name: string;
  rank(url: string, apiKey: string, asked: Asked): Promise<Ranked[]>;
}

/** One attempt: a refusal must reach the test. */
const ONCE = { maxRetries: 0 };
const MODEL = 'rerank-model';

export const CLIENTS: readonly Client[] = [
  { name: 'cohere-ai, v1', rank: (url, key, asked) => cohereV1({ environment: url, token: key }, asked) },
  {
    name: 'cohere-ai, v1, base URL with /v1',
    rank: (url, key, asked) => cohereV1({ baseUrl: `${url}/v1`, token: key }, asked),
  },
  {
    name: 'cohere-ai, v1, mounted',
    rank: (url, key, asked) => cohereV1({ environment: `${url}/cohere`, token: key }, asked),
  },
  { name: 'cohere-ai, v2', rank: cohereV2 },
  {
    name: 'cohere-ai, v2, base URL with /v2',
    rank: (url, key, asked) => cohereV2(`${url}/v2`, key, asked),
  },
  { name: 'voyageai', rank: (url, key, asked) => voyage(`${url}/v1`, key, asked) },
  { name: 'voyageai, mounted', rank: (url, key, asked) => voyage(`${url}/voyage/v1`, key, asked) },
  { name: 'together-ai', rank: together },
  { name: '@mixedbread/sdk', rank: mixedbread },
  {
    name: '@ai-sdk/cohere',
    rank: (url, apiKey, asked) => aiSdk(createCohere({ apiKey, baseURL: `${url}/v2` }).reranking(MODEL), asked),
  },
  {
    name: '@ai-sdk/voyage',
    rank: (url, apiKey, asked) => aiSdk(createOfficialVoyage({ apiKey, baseURL: `${url}/v1` }).reranking(MODEL), asked),
  },
  {
    name: '@ai-sdk/togetherai',
    rank: (url, apiKey, asked) => aiSdk(createTogetherAI({ apiKey, baseURL: `${url}/v1` }).reranking(MODEL), asked),
  },
  {
    name: 'voyage-ai-provider',
    rank: (url, apiKey, asked) => aiSdk(createVoyage({ apiKey, baseURL: `${url}/v1` }).reranking(MODEL), asked),
  },
];

/** The status a client's error carries, wherever the client puts it. */
export function statusOf(error: unknown): number | undefined {
  const { statusCode, status } = error as { statusCode?: number; status?: number };
  return statusCode ?? status;
}

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
