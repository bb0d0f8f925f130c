import { ASKED } from './asked.js';

/** What a client reads of the answer; without it, it throws or loses a result. */
export interface Reads {
  /** Where the scored items are. */
  readonly list: 'results' | 'data' | 'rankings' | 'array';
  /** What each item's document must be; `none`: it may not be there. */
  readonly document?: 'string' | 'object' | 'none' | undefined;
  /** Paths that must be in the answer. */
  readonly also?: readonly string[];
  /** The only keys an item may have. */
  readonly only?: readonly string[];
  /** How many items; all documents if it is not said. */
  readonly count?: number;
}

/** A request as a client sends it, and where that was read: package and version, or source and commit. */
export interface Row {
  readonly client: string;
  readonly source: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
  readonly reads: Reads;
}

const { query, documents } = ASKED;
const model = 'some-model';
const N = documents.length;
const BODY = { model, query, documents };
const RESULTS: Reads = { list: 'results' };
const OBJECTS: Reads = { list: 'results', document: 'object' };
const ARRAY: Reads = { list: 'array' };
const LOGITS: Reads = { list: 'rankings' };
const USAGE = ['usage.total_tokens', 'model'];
const NIM_BODY = { model, query: { text: query }, passages: documents.map((text) => ({ text })) };

const JS = {
  flowise: 'flowise-components 3.1.4',
  n8n: 'n8n 2.41.1',
  librechat: 'danny-avila/agents 28eab85',
  continue: 'continuedev/continue d0a3c0b',
};
const PY = {
  haystack: 'deepset-ai/haystack-core-integrations 50a84e9',
  community: 'langchain-community bc87773',
  dify: 'langgenius/dify-official-plugins 7af2283',
  difySdk: 'langgenius/dify-plugin-sdks 28d1d22',
  webui: 'open-webui/open-webui ab233f82',
  ragflow: 'infiniflow/ragflow b1b8cd6',
  onyx: 'onyx-dot-app/onyx a7d66a8',
  elastic: 'elastic/elasticsearch 019fb53',
};

type Line = readonly [
  client: string,
  source: string,
  path: string,
  body: object,
  reads: Reads,
  headers?: Row['headers'],
];

const JAVASCRIPT: readonly Line[] = [
  [
    'Flowise Azure',
    JS.flowise,
    '/v1/rerank',
    { ...BODY, top_n: N, max_chunks_per_doc: 10, return_documents: false },
    { ...RESULTS, document: 'none' },
    { 'api-key': 'k' },
  ],
  [
    'Flowise Cohere',
    JS.flowise,
    '/v1/rerank',
    { ...BODY, topN: 2, return_documents: false, max_chunks_per_doc: 10 },
    { ...RESULTS, count: 2 },
  ],
  ['n8n Cohere', JS.n8n, '/v1/rerank', { ...BODY, model: 'rerank-v3.5', top_n: 3, max_chunks_per_doc: null }, RESULTS],
  [
    'LibreChat Jina',
    JS.librechat,
    '/v1/rerank',
    { ...BODY, model: 'jina-reranker-v2-base-multilingual', top_n: 2, return_documents: true },
    { ...OBJECTS, count: 2 },
  ],
  [
    'LibreChat Cohere',
    JS.librechat,
    '/v2/rerank',
    { ...BODY, model: 'rerank-v3.5', top_n: 2 },
    { ...RESULTS, count: 2 },
  ],
  [
    'LibreChat rag_api',
    JS.librechat,
    '/v1/rerank',
    { profile: 'p', query, candidates: documents.map((text, id) => ({ id, text, base_score: 0.5 })), top_n: 3 },
    RESULTS,
  ],
  ['Continue Cohere', JS.continue, '/v2/rerank', BODY, RESULTS],
  ['Continue SiliconFlow', JS.continue, '/v1/rerank', BODY, RESULTS],
  ['Continue Voyage', JS.continue, '/v1/rerank', BODY, { list: 'data', document: 'string' }],
  ['Continue OpenAI-compatible', JS.continue, '/v1/rerank', BODY, { list: 'data' }],
  ['Continue OpenAI-compatible, no /v1', JS.continue, '/rerank', BODY, { list: 'data' }],
  ['Continue vLLM', JS.continue, '/v1/rerank', BODY, RESULTS],
  [
    'Continue TEI',
    JS.continue,
    '/rerank',
    { query, return_text: false, raw_scores: false, texts: documents, truncate: true, truncation_direction: 'Right' },
    ARRAY,
  ],
];

const PYTHON: readonly Line[] = [
  [
    'langchain-community Jina',
    PY.community,
    '/v1/rerank',
    { query, documents, model, top_n: null },
    RESULTS,
    { 'user-agent': 'langchain' },
  ],
  [
    'langchain-community Infinity',
    PY.community,
    '/rerank',
    { query, documents, model, return_documents: false, raw_scores: false },
    { ...RESULTS, also: USAGE },
  ],
  ['Haystack Jina', PY.haystack, '/v1/rerank', { query, documents, model, top_n: null }, { ...RESULTS, also: USAGE }],
  ['Haystack vLLM', PY.haystack, '/v1/rerank', { ...BODY, top_n: 2 }, { ...RESULTS, count: 2, also: USAGE }],
  ['Haystack TEI', PY.haystack, '/rerank', { query, texts: documents, raw_scores: false }, ARRAY],
  ['Haystack Nvidia', PY.haystack, '/v1/ranking', { ...NIM_BODY, truncate: 'END' }, LOGITS],
  [
    'LlamaIndex TEI',
    'llama-index-postprocessor-tei-rerank',
    '/rerank',
    { query, texts: documents },
    ARRAY,
    { authorization: 'k' },
  ],
  ['Dify OpenAI-compatible', PY.dify, '/v1/rerank', { ...BODY, top_n: 0 }, RESULTS],
  ['Dify OpenAI-compatible, no /v1', PY.dify, '/rerank', { ...BODY, top_n: 0 }, RESULTS],
  ['Dify SDK', PY.difySdk, '/v1/rerank', { ...BODY, top_n: null, return_documents: true }, OBJECTS],
  [
    'Dify TEI',
    PY.dify,
    '/rerank',
    { query, texts: documents, return_text: true },
    { list: 'array', document: 'string' },
  ],
  [
    'Dify Jina',
    PY.dify,
    '/v1/rerank',
    { model, query, documents: documents.map((text) => ({ text })), top_n: null, return_documents: false },
    RESULTS,
  ],
  ['Dify Cohere', PY.dify, '/v1/rerank', { ...BODY, top_n: 3, return_documents: true }, OBJECTS],
  [
    'Dify Xinference',
    PY.dify,
    '/v1/rerank',
    { ...BODY, top_n: null, max_chunks_per_doc: null, return_documents: true, return_len: false, kwargs: '{}' },
    OBJECTS,
  ],
  ['Dify LocalAI', PY.dify, '/rerank', { ...BODY, top_n: 3 }, OBJECTS],
  ['Dify GPUStack', PY.dify, '/v1/rerank', { ...BODY, top_n: 3 }, OBJECTS],
  ['Dify SiliconFlow', PY.dify, '/v1/rerank', { ...BODY, top_n: 3, return_documents: true }, OBJECTS],
  [
    'Dify Voyage',
    PY.dify,
    '/v1/rerank',
    { ...BODY, top_k: null, return_documents: true },
    { list: 'data', document: 'string' },
  ],
  ['Dify ollama', PY.dify, '/api/rerank', { ...BODY, top_n: 3 }, { list: 'results', document: 'string' }],
  ['Dify OpenRouter', PY.dify, '/api/v1/rerank', { ...BODY, top_n: 3 }, RESULTS],
  ['Dify Azure', PY.dify, '/v1/rerank', { ...BODY, top_n: 3, return_documents: false }, RESULTS],
  ['Open WebUI external', PY.webui, '/v1/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow Jina', PY.ragflow, '/v1/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow Xinference', PY.ragflow, '/v1/rerank', { ...BODY, return_documents: 'true', return_len: 'true' }, RESULTS],
  ['RAGFlow LocalAI', PY.ragflow, '/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow OpenAI-compatible', PY.ragflow, '/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow Nvidia', PY.ragflow, '/reranking', { ...NIM_BODY, truncate: 'END', top_n: N }, LOGITS],
  [
    'RAGFlow Nvidia, by model',
    PY.ragflow,
    '/nv-rerankqa-mistral-4b-v3/reranking',
    { ...NIM_BODY, truncate: 'END', top_n: N },
    LOGITS,
  ],
  [
    'RAGFlow Hugging Face',
    PY.ragflow,
    '/rerank',
    { query, texts: documents, raw_scores: false, truncate: true },
    ARRAY,
  ],
  [
    'RAGFlow SiliconFlow',
    PY.ragflow,
    '/v1/rerank',
    { ...BODY, top_n: N, return_documents: false, max_chunks_per_doc: 1024, overlap_tokens: 80 },
    { ...RESULTS, document: 'none' },
  ],
  [
    'RAGFlow Cohere behind /v1',
    PY.ragflow,
    '/v1/v1/rerank',
    { ...BODY, top_n: N, return_documents: false },
    RESULTS,
    { 'x-fern-sdk-name': 'cohere' },
  ],
  ['Onyx LiteLLM', PY.onyx, '/rerank', BODY, RESULTS],
  [
    'LiteLLM hosted_vllm',
    'litellm',
    '/rerank',
    { ...BODY, top_n: 3, return_documents: true },
    { ...OBJECTS, also: USAGE },
    { authorization: 'Bearer k' },
  ],
  [
    'LiteLLM infinity',
    'litellm',
    '/rerank',
    { ...BODY, top_n: 3, return_documents: true },
    { list: 'results', document: 'string', also: ['usage.prompt_tokens'] },
    { authorization: 'bearer k' },
  ],
  [
    'LiteLLM jina_ai',
    'litellm',
    '/v1/rerank',
    { ...BODY, top_n: 3, return_documents: true },
    { ...RESULTS, also: USAGE },
  ],
  ['LiteLLM voyage', 'litellm', '/v1/rerank', { ...BODY, return_documents: true }, { list: 'data', also: USAGE }],
  [
    'LiteLLM huggingface',
    'litellm',
    '/rerank',
    {
      query,
      texts: documents,
      top_n: 2,
      raw_scores: false,
      return_text: true,
      truncate: false,
      truncation_direction: 'Right',
    },
    { list: 'array', document: 'string' },
  ],
  ['LiteLLM nvidia_nim', 'litellm', '/v1/retrieval/nvidia/some-model/reranking', NIM_BODY, LOGITS],
  [
    'Elasticsearch cohere',
    PY.elastic,
    '/v1/rerank',
    { ...BODY, top_n: 3, return_documents: true },
    { ...OBJECTS, only: ['index', 'relevance_score', 'document'] },
    { 'request-source': 'unspecified:elasticsearch' },
  ],
  [
    'Elasticsearch jinaai',
    PY.elastic,
    '/v1/rerank',
    { ...BODY, top_n: 3, return_documents: false },
    { ...RESULTS, document: 'none' },
  ],
  [
    'Elasticsearch voyageai',
    PY.elastic,
    '/v1/rerank',
    { ...BODY, top_k: 3, return_documents: true },
    { list: 'data', document: 'string', only: ['index', 'relevance_score', 'document'] },
  ],
  [
    'Elasticsearch hugging_face',
    PY.elastic,
    '/tei/rerank',
    { documents, query, return_documents: true, top_n: 3 },
    { list: 'array', only: ['index', 'score', 'text'] },
  ],
];

export const ROWS: readonly Row[] = [...JAVASCRIPT, ...PYTHON].map(row);

function row([client, source, path, body, reads, headers = {}]: Line): Row {
  return { client, source, path, body, reads, headers };
}
