/** A rerank server of some kind: what it is asked, and where its answer has the scores. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly body: (request: RerankTexts) => unknown;
  /** Scores in the order of the documents. Throws where the answer is not what such a server answers. */
  readonly scores: (answer: unknown, documents: number) => number[];
  /** What the server says about itself, for the report; empty when it says nothing. */
  readonly about: () => Promise<string>;
}

export interface RerankTexts {
  readonly query: string;
  readonly documents: readonly string[];
}

interface Kind {
  readonly path: string;
  readonly body: (request: RerankTexts, model: string) => unknown;
  readonly list: 'results' | '';
  readonly score: 'relevance_score' | 'score';
  /** Path of a JSON document that names versions. */
  readonly about?: string;
}

const plain = ({ query, documents }: RerankTexts) => ({ query, documents });
const named = (request: RerankTexts, model: string) => ({ model, ...plain(request) });
const jina = { body: named, list: 'results', score: 'relevance_score' } as const;

const KINDS = {
  qwen3: {
    path: '/rerank',
    body: (request) => ({ ...plain(request), return_documents: false }),
    list: 'results',
    score: 'relevance_score',
    about: '/health',
  },
  seed: { path: '/rerank', body: plain, list: 'results', score: 'relevance_score', about: '/health' },
  tei: {
    path: '/rerank',
    body: ({ query, documents }) => ({ query, texts: documents, truncate: true }),
    list: '',
    score: 'score',
    about: '/info',
  },
  vllm: { ...jina, path: '/v1/rerank', about: '/version' },
  infinity: { ...jina, path: '/rerank' },
  llamacpp: { ...jina, path: '/v1/rerank', about: '/health' },
  cohere: { ...jina, path: '/v2/rerank' },
} satisfies Readonly<Record<string, Kind>>;

export type TargetKind = keyof typeof KINDS;

/**
 * @param kind One of the kinds, or `name:kind` for a second server of a kind.
 * @param model Name of the model, for servers that ask for one.
 */
export function openTarget(kind: string, url: string, model: string): Target {
  const [name = kind, of = name] = kind.split(':');
  if (!Object.hasOwn(KINDS, of)) throw new Error(`--target must be ${Object.keys(KINDS).join(', ')}, got ${of}`);
  const spec: Kind = KINDS[of as TargetKind];
  const base = url.replace(/\/+$/u, '');
  return {
    name,
    url: base,
    path: spec.path,
    body: (request) => spec.body(request, model),
    scores: (answer, documents) => scoresIn(answer, documents, spec),
    about: () => (spec.about === undefined ? Promise.resolve('') : describe(base + spec.about)),
  };
}

function scoresIn(answer: unknown, documents: number, { list, score }: Kind): number[] {
  const results: unknown = list === '' ? answer : (answer as Record<string, unknown> | null)?.[list];
  if (!Array.isArray(results)) throw new Error(`the answer has no ${list === '' ? 'list' : list} of results`);
  const scores = Array.from<number>({ length: documents });
  for (const result of results as Record<string, unknown>[]) scores[Number(result['index'])] = Number(result[score]);
  if (!scores.every((value) => Number.isFinite(value))) throw new Error('the answer lacks the score of a document');
  return scores;
}

const ABOUT_KEYS = ['model', 'model_id', 'backend', 'backend_version', 'version', 'device', 'dtype', 'model_dtype'];
const MORE_KEYS = ['threads', 'about'];

async function describe(address: string): Promise<string> {
  try {
    const body = (await (await fetch(address, { signal: AbortSignal.timeout(5000) })).json()) as Record<
      string,
      unknown
    >;
    const known = [...ABOUT_KEYS, ...MORE_KEYS].map((key) => body[key]).filter((value) => value !== undefined);
    return known.map(String).join(', ');
  } catch {
    return '';
  }
}
