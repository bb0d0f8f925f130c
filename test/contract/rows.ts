import { ASKED } from './asked.js';
import type { Reads } from './reads.js';

/** A request as a client sends it that cannot be installed and driven here: read in its source. */
export interface Row {
  readonly client: string;
  /** Package and version, or repository and commit; and the file there. */
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
const NIM_BODY = { model, query: { text: query }, passages: documents.map((text) => ({ text })) };

const N8N = '@n8n/n8n-nodes-langchain 2.41.1 dist/nodes/rerankers/RerankerCohere/RerankerCohere.node.js';
const LIBRECHAT = 'danny-avila/agents 28eab85 src/tools/search/rerankers.ts';
const DIFY_SDK = 'langgenius/dify-plugin-sdks 28d1d22 python/dify_plugin/interfaces/model/openai_compatible/rerank.py';
const OPEN_WEBUI = 'open-webui/open-webui ab233f82 backend/open_webui/retrieval/models/external.py';
const RAGFLOW = 'infiniflow/ragflow b1b8cd6 rag/llm/rerank_model.py';
const ONYX = 'onyx-dot-app/onyx a7d66a8 backend/onyx/natural_language_processing/search_nlp_models.py';
const SERVICES = 'x-pack/plugin/inference/src/main/java/org/elasticsearch/xpack/inference/services';
const flowise = (node: string) => `flowise-components 3.1.4 dist/nodes/retrievers/${node}.js`;
const continueDev = (provider: string) => `continuedev/continue d0a3c0b core/llm/llms/${provider}.ts`;
const dify = (plugin: string) => `langgenius/dify-official-plugins 7af2283 models/${plugin}/models/rerank/rerank.py`;
const elastic = (name: string) => `elastic/elasticsearch 019fb53 ${SERVICES}/${name}.java`;

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
    flowise('AzureRerankRetriever/AzureRerank'),
    '/v1/rerank',
    { ...BODY, top_n: N, max_chunks_per_doc: 10, return_documents: false },
    { ...RESULTS, document: 'none' },
    { 'api-key': 'k' },
  ],
  [
    'Flowise Cohere',
    flowise('CohereRerankRetriever/CohereRerank'),
    '/v1/rerank',
    { ...BODY, topN: 2, return_documents: false, max_chunks_per_doc: 10 },
    { ...RESULTS, count: 2 },
  ],
  ['n8n Cohere', N8N, '/v1/rerank', { ...BODY, model: 'rerank-v3.5', top_n: 3, max_chunks_per_doc: null }, RESULTS],
  [
    'LibreChat Jina',
    LIBRECHAT,
    '/v1/rerank',
    { ...BODY, model: 'jina-reranker-v2-base-multilingual', top_n: 2, return_documents: true },
    { ...OBJECTS, count: 2 },
  ],
  ['LibreChat Cohere', LIBRECHAT, '/v2/rerank', { ...BODY, model: 'rerank-v3.5', top_n: 2 }, { ...RESULTS, count: 2 }],
  [
    'LibreChat rag_api',
    LIBRECHAT,
    '/v1/rerank',
    { profile: 'p', query, candidates: documents.map((text, id) => ({ id, text, base_score: 0.5 })), top_n: 3 },
    RESULTS,
  ],
  ['Continue Cohere', continueDev('Cohere'), '/v2/rerank', BODY, RESULTS],
  ['Continue SiliconFlow', continueDev('SiliconFlow'), '/v1/rerank', BODY, RESULTS],
  ['Continue Voyage', continueDev('Voyage'), '/v1/rerank', BODY, { list: 'data', document: 'string' }],
  ['Continue OpenAI-compatible', continueDev('OpenAI'), '/v1/rerank', BODY, { list: 'data' }],
  ['Continue OpenAI-compatible, no /v1', continueDev('OpenAI'), '/rerank', BODY, { list: 'data' }],
  ['Continue vLLM', continueDev('Vllm'), '/v1/rerank', BODY, RESULTS],
  [
    'Continue Jina',
    'continuedev/continue d0a3c0b packages/openai-adapters/src/apis/Jina.ts',
    '/v1/rerank',
    BODY,
    RESULTS,
    { 'x-api-key': 'k' },
  ],
  [
    'Continue TEI',
    continueDev('HuggingFaceTEI'),
    '/rerank',
    { query, return_text: false, raw_scores: false, texts: documents, truncate: true, truncation_direction: 'Right' },
    ARRAY,
  ],
];

const PYTHON: readonly Line[] = [
  ['Dify OpenAI-compatible', dify('openai_api_compatible'), '/v1/rerank', { ...BODY, top_n: 0 }, RESULTS],
  ['Dify OpenAI-compatible, no /v1', dify('openai_api_compatible'), '/rerank', { ...BODY, top_n: 0 }, RESULTS],
  ['Dify SDK', DIFY_SDK, '/v1/rerank', { ...BODY, top_n: null, return_documents: true }, OBJECTS],
  [
    'Dify TEI',
    dify('huggingface_tei'),
    '/rerank',
    { query, texts: documents, return_text: true },
    { list: 'array', document: 'string' },
  ],
  [
    'Dify Jina',
    dify('jina'),
    '/v1/rerank',
    { model, query, documents: documents.map((text) => ({ text })), top_n: null, return_documents: false },
    RESULTS,
  ],
  ['Dify Cohere', dify('cohere'), '/v1/rerank', { ...BODY, top_n: 3, return_documents: true }, OBJECTS],
  [
    'Dify Xinference',
    dify('xinference'),
    '/v1/rerank',
    { ...BODY, top_n: null, max_chunks_per_doc: null, return_documents: true, return_len: false, kwargs: '{}' },
    OBJECTS,
  ],
  ['Dify LocalAI', dify('localai'), '/rerank', { ...BODY, top_n: 3 }, OBJECTS],
  ['Dify GPUStack', dify('gpustack'), '/v1/rerank', { ...BODY, top_n: 3 }, OBJECTS],
  ['Dify SiliconFlow', dify('siliconflow'), '/v1/rerank', { ...BODY, top_n: 3, return_documents: true }, OBJECTS],
  [
    'Dify Voyage',
    dify('voyage'),
    '/v1/rerank',
    { ...BODY, top_k: null, return_documents: true },
    { list: 'data', document: 'string' },
  ],
  ['Dify ollama', dify('ollama'), '/api/rerank', { ...BODY, top_n: 3 }, { list: 'results', document: 'string' }],
  ['Dify OpenRouter', dify('openrouter'), '/api/v1/rerank', { ...BODY, top_n: 3 }, RESULTS],
  ['Dify Azure', dify('azure_ai_studio'), '/v1/rerank', { ...BODY, top_n: 3, return_documents: false }, RESULTS],
  ['Open WebUI external', OPEN_WEBUI, '/v1/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow Jina', RAGFLOW, '/v1/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow Xinference', RAGFLOW, '/v1/rerank', { ...BODY, return_documents: 'true', return_len: 'true' }, RESULTS],
  ['RAGFlow LocalAI', RAGFLOW, '/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow OpenAI-compatible', RAGFLOW, '/rerank', { ...BODY, top_n: N }, RESULTS],
  ['RAGFlow Nvidia', RAGFLOW, '/reranking', { ...NIM_BODY, truncate: 'END', top_n: N }, LOGITS],
  [
    'RAGFlow Nvidia, by model',
    RAGFLOW,
    '/nv-rerankqa-mistral-4b-v3/reranking',
    { ...NIM_BODY, truncate: 'END', top_n: N },
    LOGITS,
  ],
  ['RAGFlow Hugging Face', RAGFLOW, '/rerank', { query, texts: documents, raw_scores: false, truncate: true }, ARRAY],
  [
    'RAGFlow SiliconFlow',
    RAGFLOW,
    '/v1/rerank',
    { ...BODY, top_n: N, return_documents: false, max_chunks_per_doc: 1024, overlap_tokens: 80 },
    { ...RESULTS, document: 'none' },
  ],
  ['RAGFlow GPUStack', RAGFLOW, '/v1/rerank', { ...BODY, top_n: N }, RESULTS],
  [
    'RAGFlow Cohere, VLLM',
    RAGFLOW,
    '/v1/rerank',
    { ...BODY, top_n: N, return_documents: false },
    RESULTS,
    { 'x-fern-sdk-name': 'cohere' },
  ],
  [
    'RAGFlow Cohere, VLLM, base URL with /v1',
    RAGFLOW,
    '/v1/v1/rerank',
    { ...BODY, top_n: N, return_documents: false },
    RESULTS,
    { 'x-fern-sdk-name': 'cohere' },
  ],
  ['Onyx Cohere', ONYX, '/v1/rerank', BODY, RESULTS, { 'x-fern-sdk-name': 'cohere' }],
  ['Onyx LiteLLM', ONYX, '/rerank', BODY, RESULTS],
  [
    'LiteLLM infinity, before 1.83',
    'litellm 1.60.0 litellm/llms/infinity/rerank/transformation.py',
    '/rerank',
    { ...BODY, top_n: 3, return_documents: true },
    { list: 'results', document: 'string', also: ['usage.prompt_tokens'] },
    { authorization: 'bearer k' },
  ],
  [
    'Elasticsearch cohere',
    elastic('cohere/request/v1/CohereV1RerankRequest'),
    '/v1/rerank',
    { ...BODY, top_n: 3, return_documents: true },
    { ...OBJECTS, only: ['index', 'relevance_score', 'document'] },
    { 'request-source': 'unspecified:elasticsearch' },
  ],
  [
    'Elasticsearch cohere, v2',
    elastic('cohere/request/v2/CohereV2RerankRequest'),
    '/v2/rerank',
    { ...BODY, top_n: 3, return_documents: true },
    { ...OBJECTS, only: ['index', 'relevance_score', 'document'] },
    { 'request-source': 'unspecified:elasticsearch' },
  ],
  [
    'Elasticsearch jinaai',
    elastic('jinaai/request/JinaAIRerankRequestEntity'),
    '/v1/rerank',
    { ...BODY, top_n: 3, return_documents: false },
    { ...RESULTS, document: 'none' },
  ],
  [
    'Elasticsearch voyageai',
    elastic('voyageai/request/VoyageAIRerankRequestEntity'),
    '/v1/rerank',
    { ...BODY, top_k: 3, return_documents: true },
    { list: 'data', document: 'string', only: ['index', 'relevance_score', 'document'] },
  ],
  [
    'Elasticsearch hugging_face',
    elastic('huggingface/request/rerank/HuggingFaceRerankRequestEntity'),
    '/tei/rerank',
    { documents, query, return_documents: true, top_n: 3 },
    { list: 'array', only: ['index', 'score', 'text'] },
  ],
];

export const ROWS: readonly Row[] = [...JAVASCRIPT, ...PYTHON].map(row);

function row([client, source, path, body, reads, headers = {}]: Line): Row {
  return { client, source, path, body, reads, headers };
}
