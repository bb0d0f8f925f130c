import type { Dialect, Fields, Headers } from '../dialects/dialect.js';
import { DIALECTS } from '../dialects/list.js';
import { spellingsOf } from './spellings.js';

/** What a request says about the API that its sender expects. */
export interface Call {
  /** The route's pattern. */
  readonly path: string;
  readonly headers: Headers;
  /** As parsed, not validated; undefined when it could not be read. */
  readonly body: unknown;
}

/** The dialects of each path that one names, in the order in which they are asked. */
const AT: ReadonlyMap<string, readonly Dialect[]> = byPath(({ mounts }) => mounts);
const PROBES_OF = byPath(({ probes }) => probes);
const TOKENIZE = '/tokenize';

/** Spellings that paths of different dialects have in common, and the one that gets it. */
export const CONFLICTS: Readonly<Record<string, string>> = {
  '/cohere/rerank': '/cohere/v2/rerank',
  '/cohere/rerank/rerank': '/cohere/v2/rerank',
  '/rerank/rerank': '/rerank',
  '/api/rerank/rerank': '/api/rerank',
};

/** Every route, as a pattern, and the path that it is a spelling of. */
const PATH_OF: ReadonlyMap<string, string> = routes();

/** The paths that dialects name: those of the description. */
export const RERANK_PATHS: readonly string[] = [...AT.keys()];

/** Every path that takes a rerank request, each spelling too, as route patterns. */
export const RERANK_ROUTES: readonly string[] = [...PATH_OF.keys()];

/** The path that a route is a spelling of; one that is none is its own. */
export function spelledPath(route: string): string {
  return PATH_OF.get(route) ?? route;
}

/** Those that are spoken on a route; the one that takes what is left is the last. */
export function dialectsAt(route: string): readonly Dialect[] {
  return AT.get(spelledPath(route)) ?? [];
}

/** Which API a request speaks; undefined for a path that is none of them. Pure: the same request, the same answer. */
export function dispatch({ path, headers, body }: Call): Dialect | undefined {
  const dialects = dialectsAt(path);
  const fields = fieldsOf(body);
  return dialects.find((dialect, index) => index === dialects.length - 1 || dialect.matches.isIn(fields, headers));
}

/** Dialect for error bodies on non-rerank paths; undefined for the errors that all clients can read. */
export function dispatchProbe({ path, body }: Call): Dialect | undefined {
  const { prompt = null } = fieldsOf(body);
  if (path === TOKENIZE && prompt === null) return PROBES_OF.get('/tei/tokenize')![0];
  return PROBES_OF.get(path)?.[0];
}

function byPath(pathsOf: (dialect: Dialect) => readonly string[]): ReadonlyMap<string, readonly Dialect[]> {
  const found = new Map<string, Dialect[]>();
  for (const dialect of DIALECTS) {
    for (const path of pathsOf(dialect)) found.set(path, [...(found.get(path) ?? []), dialect]);
  }
  return found;
}

/** Throws where two paths of different dialects have a spelling in common that CONFLICTS does not settle. */
function routes(): ReadonlyMap<string, string> {
  const found = new Map([...AT.keys()].map((path) => [path, path]));
  for (const [path, dialects] of AT) {
    for (const spelling of spellingsOf(path)) {
      const other = found.get(spelling);
      if (other === undefined) found.set(spelling, CONFLICTS[spelling] ?? path);
      else if (other !== spelling && CONFLICTS[spelling] === undefined && !isSame(AT.get(other)!, dialects)) {
        throw new Error(`${spelling} is a spelling of ${other} and of ${path}: settle it in CONFLICTS`);
      }
    }
  }
  return found;
}

export function isSame(one: readonly Dialect[], other: readonly Dialect[]): boolean {
  return one.length === other.length && one.every((dialect, index) => dialect === other[index]);
}

function fieldsOf(body: unknown): Fields {
  return typeof body === 'object' && body !== null ? (body as Fields) : {};
}
