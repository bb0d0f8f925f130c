import type { Dialect, Fields, Headers } from '../dialects/dialect.js';
import { DIALECTS } from '../dialects/list.js';

/** What a request says about the API that its sender expects. */
export interface Call {
  /** The route's pattern. */
  readonly path: string;
  readonly headers: Headers;
  /** As parsed, not validated; undefined when it could not be read. */
  readonly body: unknown;
}

/** The dialects of each route, in the order in which they are asked. */
const AT: ReadonlyMap<string, readonly Dialect[]> = byRoute(({ mounts }) => mounts);
const PROBES_OF = byRoute(({ probes }) => probes);
const TOKENIZE = '/tokenize';

/** Every path that takes a rerank request, as route patterns. */
export const RERANK_PATHS: readonly string[] = [...AT.keys()];

/** Those that are spoken on a route; the one that takes what is left is the last. */
export function dialectsAt(path: string): readonly Dialect[] {
  return AT.get(path) ?? [];
}

/** Which API a request speaks; undefined for a path that is none of them. Pure: the same request, the same answer. */
export function dispatch({ path, headers, body }: Call): Dialect | undefined {
  const dialects = dialectsAt(path);
  const fields = fieldsOf(body);
  return dialects.find((dialect, place) => place === dialects.length - 1 || dialect.matches(fields, headers));
}

/** Dialect for error bodies on non-rerank paths; undefined for the errors that all clients can read. */
export function dispatchProbe({ path, body }: Call): Dialect | undefined {
  const { prompt = null } = fieldsOf(body);
  if (path === TOKENIZE && prompt === null) return PROBES_OF.get('/tei/tokenize')![0];
  return PROBES_OF.get(path)?.[0];
}

function byRoute(routesOf: (dialect: Dialect) => readonly string[]): ReadonlyMap<string, readonly Dialect[]> {
  const found = new Map<string, Dialect[]>();
  for (const dialect of DIALECTS) {
    for (const route of routesOf(dialect)) found.set(route, [...(found.get(route) ?? []), dialect]);
  }
  return found;
}

function fieldsOf(body: unknown): Fields {
  return typeof body === 'object' && body !== null ? (body as Fields) : {};
}
