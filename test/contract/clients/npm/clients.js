import { createCohere } from '@ai-sdk/cohere';
import { createTogetherAI } from '@ai-sdk/togetherai';
import { Document as LangChainDocument } from '@langchain/core/documents';
import { CohereRerank as LangChainCohere } from '@langchain/cohere';
import { MixedbreadAIReranker } from '@langchain/mixedbread-ai';
import { CohereRerank as LlamaIndexCohere } from '@llamaindex/cohere';
import { OpenRouter } from '@openrouter/sdk';
import { Pinecone } from '@pinecone-database/pinecone';
import { rerank as rerankWith } from 'ai';
import { CohereClient, CohereClientV2 } from 'cohere-ai';
import { CohereClient as CohereClient714, CohereClientV2 as CohereClientV2714 } from 'cohere-ai-7.14';
import { JinaAIReranker, TextNode } from 'llamaindex';
import { Pinecone as Pinecone6 } from 'pinecone-6';
import { Pinecone as Pinecone8 } from 'pinecone-8';
import ZeroEntropy from 'zeroentropy';

// The classes of test/contract/client.ts; in JavaScript, because their types are there only once they are installed.

const MODEL = 'rerank-model';
/** One attempt: a refusal must reach the test. */
const ONCE = { maxRetries: 0 };
const JINA = 'https://api.jina.ai';

const COHERE = {
  reads: { list: 'results' },
  errors: {
    400: 'BadRequestError',
    401: 'UnauthorizedError',
    413: 'CohereError',
    429: 'TooManyRequestsError',
    503: 'ServiceUnavailableError',
  },
};

const PINECONE = {
  reads: { list: 'data', document: 'object', also: ['usage.rerank_units'] },
  errors: {
    400: 'PineconeBadRequestError',
    401: 'PineconeAuthorizationError',
    413: 'PineconeUnmappedHttpError',
    429: 'PineconeUnmappedHttpError',
    503: 'PineconeMaxRetriesExceededError',
  },
  hidesStatus: true,
};

const AI_SDK = {
  400: 'APICallError',
  401: 'APICallError',
  413: 'APICallError',
  429: 'APICallError',
  503: 'APICallError',
};

export const CLIENTS = [
  {
    ...COHERE,
    name: 'cohere-ai 7.21, v1',
    package: 'cohere-ai',
    rank: (url, key, asked) => cohere(new CohereClient({ environment: url, token: key }), asked),
  },
  {
    ...COHERE,
    name: 'cohere-ai 7.21, v2',
    package: 'cohere-ai',
    rank: (url, key, asked) => cohere(new CohereClientV2({ environment: url, token: key }), asked),
  },
  {
    ...COHERE,
    name: 'cohere-ai 7.14, v1',
    package: 'cohere-ai-7.14',
    rank: (url, key, asked) => cohere(new CohereClient714({ environment: url, token: key }), asked),
  },
  {
    ...COHERE,
    name: 'cohere-ai 7.14, v2',
    package: 'cohere-ai-7.14',
    rank: (url, key, asked) => cohere(new CohereClientV2714({ environment: url, token: key }), asked),
  },
  {
    ...COHERE,
    name: '@langchain/cohere',
    rank: (url, key, asked) => langChain(once(new CohereClient({ environment: url, token: key })), asked),
  },
  {
    ...COHERE,
    name: '@langchain/cohere, v2',
    package: '@langchain/cohere',
    rank: (url, key, asked) => langChain(once(new CohereClientV2({ environment: url, token: key })), asked),
  },
  { ...COHERE, name: '@llamaindex/cohere', rank: llamaIndexCohere },
  {
    name: '@langchain/mixedbread-ai',
    reads: { list: 'data' },
    errors: { ...COHERE.errors, 413: 'MixedbreadAIError', 503: 'MixedbreadAIError' },
    rank: mixedbread,
  },
  {
    name: 'llamaindex JinaAIReranker',
    package: 'llamaindex',
    reads: { list: 'results' },
    errors: { 400: 'TypeError', 401: 'TypeError', 413: 'TypeError', 429: 'TypeError', 503: 'TypeError' },
    hidesStatus: true,
    rank: llamaIndexJina,
  },
  {
    name: '@openrouter/sdk',
    reads: { list: 'results', document: 'object', also: ['model'] },
    errors: {
      400: 'BadRequestResponseError',
      401: 'UnauthorizedResponseError',
      413: 'PayloadTooLargeResponseError',
      429: 'TooManyRequestsResponseError',
      503: 'ServiceUnavailableResponseError',
    },
    rank: openRouter,
  },
  {
    name: 'zeroentropy',
    reads: { list: 'results' },
    errors: {
      400: 'BadRequestError',
      401: 'AuthenticationError',
      413: 'APIError',
      429: 'RateLimitError',
      503: 'InternalServerError',
    },
    rank: zeroEntropy,
  },
  {
    ...PINECONE,
    name: '@pinecone-database/pinecone',
    rank: (url, key, asked) => pinecone(Pinecone, url, key, asked),
  },
  {
    ...PINECONE,
    name: '@pinecone-database/pinecone 8',
    package: 'pinecone-8',
    rank: (url, key, asked) => pinecone(Pinecone8, url, key, asked),
  },
  {
    ...PINECONE,
    name: '@pinecone-database/pinecone 6',
    package: 'pinecone-6',
    // It asks once, and says so by another name.
    errors: { ...PINECONE.errors, 503: 'PineconeUnavailableError' },
    rank: pinecone6,
  },
  {
    name: 'ai 7, @ai-sdk/cohere 4',
    package: '@ai-sdk/cohere',
    reads: { list: 'results', also: ['meta'] },
    errors: AI_SDK,
    rank: (url, key, asked) => aiSdk(createCohere({ apiKey: key, baseURL: `${url}/v2` }), asked),
  },
  {
    name: 'ai 7, @ai-sdk/togetherai 3',
    package: '@ai-sdk/togetherai',
    reads: { list: 'results', also: ['usage.prompt_tokens', 'usage.completion_tokens', 'usage.total_tokens'] },
    errors: AI_SDK,
    rank: (url, key, asked) => aiSdk(createTogetherAI({ apiKey: key, baseURL: `${url}/v1` }), asked),
  },
];

async function cohere(client, { query, documents, topN = documents.length }) {
  const body = { model: MODEL, query, documents, topN, maxTokensPerDoc: 1000 };
  const { results } = await client.rerank(body, ONCE);
  return results.map(({ index, relevanceScore: score }) => ({ index, score }));
}

/** LangChain passes no options of a request on. */
function once(client) {
  const rerank = client.rerank.bind(client);
  client.rerank = (body) => rerank(body, ONCE);
  return client;
}

async function langChain(client, { query, documents, topN = documents.length }) {
  const ranker = new LangChainCohere({ model: MODEL, client, topN });
  const asked = documents.map((pageContent, index) => new LangChainDocument({ pageContent, metadata: { index } }));
  const ranked = await ranker.compressDocuments(asked, query);
  return ranked.map(({ pageContent: document, metadata: { index, relevanceScore: score } }) => ({
    index,
    score,
    document,
  }));
}

async function mixedbread(baseUrl, apiKey, { query, documents, topN = documents.length }) {
  const ranker = new MixedbreadAIReranker({ apiKey, baseUrl, model: MODEL, topK: topN, maxRetries: 0 });
  const ranked = await ranker.rerank(documents, query);
  return ranked.map(({ index, score }) => ({ index, score }));
}

async function llamaIndexCohere(baseUrl, apiKey, { query, documents, topN = documents.length }) {
  const ranker = new LlamaIndexCohere({ apiKey, baseUrl, model: MODEL, topN });
  once(ranker.client);
  return rankedOf(await ranker.postprocessNodes(nodes(documents), query));
}

/** The hosted address is written into it. */
async function llamaIndexJina(url, apiKey, { query, documents, topN = documents.length }) {
  process.env.JINAAI_API_KEY = apiKey;
  const { fetch } = globalThis;
  const ranker = new JinaAIReranker({ model: MODEL, topN });
  globalThis.fetch = (address, init) => fetch(typeof address === 'string' ? address.replace(JINA, url) : address, init);
  try {
    return rankedOf(await ranker.postprocessNodes(nodes(documents), query));
  } finally {
    globalThis.fetch = fetch;
  }
}

async function openRouter(url, apiKey, { query, documents, topN = documents.length }) {
  const client = new OpenRouter({ apiKey, serverURL: `${url}/v1`, retryConfig: { strategy: 'none' } });
  const { results } = await client.rerank.rerank({ requestBody: { model: MODEL, query, documents, topN } });
  return results.map(({ index, relevanceScore: score, document }) => ({ index, score, document: document.text }));
}

async function zeroEntropy(url, apiKey, { query, documents, topN }) {
  const client = new ZeroEntropy({ apiKey, baseURL: `${url}/v1`, ...ONCE });
  const { results } = await client.models.rerank({ model: MODEL, query, documents, ...(topN && { top_n: topN }) });
  return results.map(({ index, relevance_score: score }) => ({ index, score }));
}

async function pinecone(Client, controllerHostUrl, apiKey, { query, documents, topN }) {
  const { inference } = new Client({ apiKey, controllerHostUrl, maxRetries: 0 });
  const { data } = await inference.rerank({ model: MODEL, query, documents, ...(topN && { topN }) });
  return pineconeRanked(data);
}

/** Its arguments stand apart. */
async function pinecone6(controllerHostUrl, apiKey, { query, documents, topN }) {
  const { inference } = new Pinecone6({ apiKey, controllerHostUrl, maxRetries: 0 });
  const { data } = await inference.rerank(MODEL, query, documents, topN ? { topN } : {});
  return pineconeRanked(data);
}

function pineconeRanked(data) {
  return data.map(({ index, score, document }) => ({ index, score, document: document.text }));
}

async function aiSdk(provider, { query, documents, topN }) {
  const model = provider.reranking(MODEL);
  const { ranking } = await rerankWith({ model, query, documents, ...(topN && { topN }), ...ONCE });
  return ranking.map(({ originalIndex: index, score }) => ({ index, score }));
}

function nodes(documents) {
  return documents.map((text, index) => ({ node: new TextNode({ text, id_: String(index) }), score: 0 }));
}

function rankedOf(found) {
  return found.map(({ node, score }) => ({ index: Number(node.id_), score }));
}
