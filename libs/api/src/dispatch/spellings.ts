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
  '/engines/v1': 'Docker Model Runner',
  '/engines/llama.cpp/v1': 'Docker Model Runner, with its engine',
};

/**
 * The other spellings of a path: with each base, and with its last part twice, as clients write it whose base URL is the
 * whole address. A path that begins with a parameter has none: they would take every other path.
 */
export function spellingsOf(path: string): readonly string[] {
  const { front, version, operation } = parted(path);
  if (operation === '' || operation.startsWith('/:')) return [];
  const bases = [...(BASES[version] ?? ['']), ...(isShared(front, operation) ? gatewayBases(version) : [])];
  const spellings = bases.map((base) => front + base + operation);
  return spellings.flatMap((spelling) => [spelling, twice(spelling)]).filter((spelling) => spelling !== path);
}

interface Parts {
  /** The vendor's name, '' on shared paths. */
  readonly front: string;
  /** '' where a path has none and must get none: `/rerank`, `/api/rerank` and `/v1/rerank` are decided apart. */
  readonly version: string;
  readonly operation: string;
}

function isShared(front: string, operation: string): boolean {
  return front === '' && /^\/rerank[a-z]*$/u.test(operation);
}

function gatewayBases(version: string): readonly string[] {
  if (version === '') return [];
  const bases = Object.keys(GATEWAYS);
  const versioned = bases.map((base) => `${base}/${version}`);
  return version === 'v1' ? [...bases, ...versioned] : versioned;
}

function parted(path: string): Parts {
  const versioned = /^(?<front>.*?)(?:\/api)?\/(?<version>v[12])(?<operation>\/.+)$/u.exec(path)?.groups;
  if (versioned !== undefined) return versioned as unknown as Parts;
  const mounted = /^(?!\/api\/)(?<front>\/[\w-]+)(?<operation>\/[\w-]+)$/u.exec(path)?.groups;
  if (mounted !== undefined) return { ...(mounted as unknown as Parts), version: 'v1' };
  return { front: '', version: '', operation: /^(?:\/api)?\/[\w-]+$/u.exec(path)?.[0] ?? '' };
}

/** `/v1/rerank/rerank`; a path that ends in a parameter stays as it is. */
function twice(path: string): string {
  const last = path.slice(path.lastIndexOf('/'));
  return last.startsWith('/:') ? path : path + last;
}
