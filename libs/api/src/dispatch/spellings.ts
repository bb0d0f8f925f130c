/** Before the operation: what clients make of a base URL that has the version, lacks it, or is another server's. */
const BASES: Readonly<Record<string, readonly string[]>> = {
  v1: ['', '/v1', '/v1/v1', '/api/v1', '/openai/v1'],
  v2: ['', '/v2', '/v1/v2', '/v2/v2', '/api/v2', '/openai/v2'],
};

/**
 * The other spellings of a path: with each base, and with its last part twice, as clients write it whose base URL is the
 * whole address. A path that begins with a parameter has none: they would take every other path.
 */
export function spellingsOf(path: string): readonly string[] {
  const { front, version, operation } = parted(path);
  if (operation === '' || operation.startsWith('/:')) return [];
  const bases = BASES[version] ?? [''];
  const spellings = bases.map((base) => front + base + operation);
  return spellings.flatMap((spelling) => [spelling, twice(spelling)]).filter((spelling) => spelling !== path);
}

interface Parts {
  /** The vendor's name, '' on shared paths. */
  readonly front: string;
  /** '' where a path has none and must get none: `/rerank` and `/v1/rerank` are decided apart. */
  readonly version: string;
  readonly operation: string;
}

function parted(path: string): Parts {
  const versioned = /^(?<front>.*?)\/(?<version>v[12])(?<operation>\/.+)$/u.exec(path)?.groups;
  if (versioned !== undefined) return versioned as unknown as Parts;
  const mounted = /^(?<front>\/[\w-]+)(?<operation>\/[\w-]+)$/u.exec(path)?.groups;
  if (mounted !== undefined) return { ...(mounted as unknown as Parts), version: 'v1' };
  return { front: '', version: '', operation: /^\/[\w-]+$/u.exec(path)?.[0] ?? '' };
}

/** `/v1/rerank/rerank`; a path that ends in a parameter stays as it is. */
function twice(path: string): string {
  const last = path.slice(path.lastIndexOf('/'));
  return last.startsWith('/:') ? path : path + last;
}
