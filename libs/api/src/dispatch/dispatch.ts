import type { DialectName } from '../shared/dialect.js';

/** What a request says about the API that its sender expects. */
export interface Call {
  /** The route's pattern. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As parsed, not validated; undefined when it could not be read. */
  readonly body: unknown;
}

export interface Route {
  readonly dialect: DialectName;
  /** The path belongs to one vendor: its defaults, answers and errors to the letter. */
  readonly mounted: boolean;
}

type Fields = Readonly<Record<string, unknown>>;
type Headers = Call['headers'];
type Decision = (fields: Fields, headers: Headers) => DialectName;

/** Paths of one vendor: a base URL that ends in the vendor's name. */
const MOUNTS: Readonly<Record<string, DialectName>> = {
  '/cohere/v1/rerank': 'cohere-v1',
  '/cohere/v2/rerank': 'cohere-v2',
  '/jina/v1/rerank': 'jina',
  '/voyage/v1/rerank': 'voyage',
  '/tei': 'tei',
  '/tei/rerank': 'tei',
  '/vllm/rerank': 'vllm',
  '/vllm/v1/rerank': 'vllm',
  '/vllm/v2/rerank': 'vllm',
  '/vllm/score': 'vllm-score',
  '/vllm/v1/score': 'vllm-score',
  '/infinity/rerank': 'infinity',
  '/sglang/v1/rerank': 'sglang',
  '/sglang/v1/score': 'sglang-score',
  '/nim/v1/ranking': 'nim',
  '/mixedbread/v1/reranking': 'mixedbread',
};

/** Paths that several vendors' clients call; what they send tells them apart. */
const SHARED: Readonly<Record<string, Decision>> = {
  '/rerank': atRerank,
  '/': atRerank,
  '/invocations': atRerank,
  '/v1/rerank': atV1Rerank,
  '/v1/v1/rerank': atV1Rerank, // SDKs append /v1 to a base URL that has it
  '/api/v1/rerank': atV1Rerank,
  '/v2/rerank': () => 'cohere-v2',
  '/v1/v2/rerank': () => 'cohere-v2',
  '/v2/v2/rerank': () => 'cohere-v2',
  '/providers/cohere/v2/rerank': () => 'cohere-v2',
  '/reranking': atReranking,
  '/v1/reranking': atReranking,
  '/score': atScore,
  '/v1/score': atScore,
  '/v1/ranking': () => 'nim',
  '/v1/retrieval/:model/reranking': () => 'nim',
  '/v1/retrieval/:vendor/:model/reranking': () => 'nim',
  '/:model/reranking': () => 'nim',
  '/v1/:model/reranking': () => 'nim',
  '/api/rerank': () => 'string-document',
};

/** Paths that take no rerank request, for their errors. */
const MOUNTED_PROBES: Readonly<Record<string, DialectName>> = {
  '/tei/tokenize': 'tei',
  '/tei/info': 'tei',
  '/vllm/tokenize': 'vllm',
  '/vllm/v1/models': 'vllm',
};

/** Every path that takes a rerank request, as route patterns. */
export const RERANK_PATHS: readonly string[] = [...Object.keys(SHARED), ...Object.keys(MOUNTS)];

/** Which API a request speaks; undefined for a path that is none of them. Pure: the same request, the same answer. */
export function dispatch({ path, headers, body }: Call): Route | undefined {
  const mount = MOUNTS[path];
  if (mount !== undefined) return { dialect: mount, mounted: true };
  const decide = SHARED[path];
  return decide && { dialect: decide(fieldsOf(body), headers), mounted: false };
}

/** Whose errors a path answers that takes no rerank request; undefined for those that all clients can read. */
export function dispatchProbe({ path, body }: Call): Route | undefined {
  if (path === '/tokenize' && !('prompt' in fieldsOf(body))) return { dialect: 'tei', mounted: false };
  const mount = MOUNTED_PROBES[path];
  return mount && { dialect: mount, mounted: true };
}

function atV1Rerank(fields: Fields, headers: Headers): DialectName {
  if ('texts' in fields) return 'tei';
  if ('candidates' in fields && !('documents' in fields)) return 'rag-api';
  if ('passages' in fields) return 'nim';
  if (isVoyage(fields, headers)) return 'voyage';
  return isCohere(fields, headers) ? 'cohere-v1' : 'generic';
}

function atRerank(fields: Fields, { authorization }: Headers): DialectName {
  if ('texts' in fields) return 'tei';
  // LiteLLM wrote the scheme in lower case for Infinity, and at this path in no other place.
  const infinity = ('raw_scores' in fields && 'documents' in fields) || String(authorization).startsWith('bearer ');
  if (infinity) return 'infinity';
  return isGiven(fields['model']) || isGiven(fields['return_documents']) ? 'generic' : 'native';
}

function atReranking(fields: Fields, headers: Headers): DialectName {
  return 'input' in fields ? 'mixedbread' : atV1Rerank(fields, headers);
}

function atScore(fields: Fields): DialectName {
  return 'label_token_ids' in fields ? 'sglang-score' : 'vllm-score';
}

function isVoyage(fields: Fields, headers: Headers): boolean {
  return (
    headers['x-fern-sdk-name'] === 'voyageai' ||
    headers['x-voyage-client-user-agent'] !== undefined ||
    agentOf(headers).includes('ai-sdk/voyage') ||
    ('top_k' in fields && !('top_n' in fields)) ||
    typeof fields['truncation'] === 'boolean'
  );
}

const COHERE_SDKS = new Set<unknown>(['cohere-ai', 'cohere']);

function isCohere(fields: Fields, headers: Headers): boolean {
  const agent = agentOf(headers);
  // SiliconFlow's clients send max_chunks_per_doc too, always with overlap_tokens.
  const chunks = isGiven(fields['max_chunks_per_doc']) && !isGiven(fields['overlap_tokens']);
  return (
    COHERE_SDKS.has(headers['x-fern-sdk-name']) ||
    agent.startsWith('cohere') ||
    agent.includes('ai-sdk/cohere') ||
    isGiven(fields['rank_fields']) ||
    chunks
  );
}

function agentOf(headers: Headers): string {
  return String(headers['user-agent'] ?? '').toLowerCase();
}

/** Clients send null for what they leave out. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function fieldsOf(body: unknown): Fields {
  return typeof body === 'object' && body !== null ? (body as Fields) : {};
}
