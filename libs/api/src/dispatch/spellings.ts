/** Where other servers have their API. */
const SERVERS = ['', '/api', '/openai'];

/**
 * Before the operation: what clients make of a base URL that has the version, lacks it, or is another server's. Some put their
 * own version behind whatever they are given.
 */
const BASES: Readonly<Record<string, readonly string[]>> = {
  v1: ['', '/v2/v1', ...SERVERS.flatMap((server) => [`${server}/v1`, `${server}/v1/v1`])],
  v2: ['', '/v2/v2', ...SERVERS.flatMap((server) => [`${server}/v2`, `${server}/v1/v2`])],
};

/**
 * Base paths that other servers have in the place of `/v1`, and whose they are: shared rerank paths have each of them, also with the
 * version that Cohere's clients put behind it.
 */
export const GATEWAYS: Readonly<Record<string, string>> = {
  '/inference/v1': 'Fireworks, also from LiteLLM',
  '/v1/openai': 'DeepInfra, embed-rerank',
  '/v1-openai': 'GPUStack',
  '/v3': 'OpenVINO Model Server',
  '/v3/openai': 'Novita',
  '/api/v3': 'Volcengine Ark',
  '/api/paas/v4': 'Zhipu',
  '/compatible-mode/v1': 'DashScope, the base URL of its chat API',
  '/compatible-api/v1': 'DashScope, the base URL of its flat rerank API',
  '/engines/v1': 'Docker Model Runner',
  '/engines/llama.cpp/v1': 'Docker Model Runner, with its engine',
};

/**
 * The other spellings of a path: with each base, and behind itself or a part of it, as clients write it whose base URL is the
 * whole address. A path that begins with a parameter has none: they would take every other path.
 */
export function spellingsOf(path: string): readonly string[] {
  const { front, version, operation } = parted(path);
  if (operation === '' || operation.startsWith('/:')) return [];
  const bases = [...(BASES[version] ?? ['']), ...(isShared(front, operation) ? sharedBases(version) : [])];
  const spellings = bases.flatMap((base) => andBehindItself(front + base + operation));
  return [...spellings, ...behindWhole(path)].filter((spelling) => spelling !== path);
}

const RERANK = /^\/rerank[a-z]*$/u;
/** What others call `/rerank`. */
const OTHER_NAMES = /^\/rerank[a-z]+$/u;

interface Parts {
  /** The vendor's name, '' on shared paths. */
  readonly front: string;
  /** '' where a path has none and must get none: `/rerank`, `/api/rerank` and `/v1/rerank` are decided apart. */
  readonly version: string;
  readonly operation: string;
}

function isShared(front: string, operation: string): boolean {
  return front === '' && RERANK.test(operation);
}

function sharedBases(version: string): readonly string[] {
  if (version === '') return [];
  const bases = Object.keys(GATEWAYS);
  const versioned = bases.map((base) => `${base}/${version}`);
  return version === 'v1' ? [...SERVERS, ...bases, ...versioned] : versioned;
}

function parted(path: string): Parts {
  const versioned = /^(?<front>.*?)(?:\/api)?\/(?<version>v[12])(?<operation>\/.+)$/u.exec(path)?.groups;
  if (versioned !== undefined) return versioned as unknown as Parts;
  const mounted = /^(?!\/api\/)(?<front>\/[\w-]+)(?<operation>\/[\w-]+)$/u.exec(path)?.groups;
  if (mounted !== undefined) return { ...(mounted as unknown as Parts), version: 'v1' };
  return { front: '', version: '', operation: /^(?:\/api)?\/[\w-]+$/u.exec(path)?.[0] ?? '' };
}

/** The path, `/v1/rerank/rerank`, and `/v1/reranks/rerank` from clients that know one name only; none of a path that ends in a parameter. */
function andBehindItself(path: string): readonly string[] {
  const last = path.slice(path.lastIndexOf('/'));
  if (last.startsWith('/:')) return [path];
  return [path, path + last, ...(OTHER_NAMES.test(last) ? [`${path}/rerank`] : [])];
}

/** `/v1/rerank/v1/rerank` and `/rerank/v1/rerank`. */
function behindWhole(path: string): readonly string[] {
  const { front, version, operation } = parted(path);
  if (version === '' || !RERANK.test(operation)) return [];
  return ['', '/v1', '/v2'].map((base) => `${front}${base}${operation}/${version}${operation}`);
}
