import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RouteFacts } from './route-facts.js';

export interface KnownRoute {
  readonly method: string;
  /** The route's pattern, such as `/v1/models/:id`. */
  readonly path: string;
  /** What stands between its slashes. */
  readonly parts: readonly string[];
  /** Absent: closed. */
  readonly facts?: RouteFacts;
}

declare module 'fastify' {
  interface FastifyInstance {
    routeTable: KnownRoute[];
  }
}

/** From now on notes each route that is added, plugins' routes included, as `fastify.routeTable`. */
export function keepRouteTable(fastify: FastifyInstance): void {
  fastify.decorate('routeTable', []);
  fastify.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) {
      const facts = config?.facts;
      fastify.routeTable.push({ method: one, path: url, parts: partsOf(url), ...(facts !== undefined && { facts }) });
    }
  });
}

/** Of these methods, those that are taken at the path of a request, whatever its own one is. */
export function methodsAt<Method extends string>(
  { server, url }: FastifyRequest,
  methods: readonly Method[],
): Method[] {
  const [path = ''] = url.split('?');
  const parts = partsOf(path);
  const there = server.routeTable.filter((route) => fits(parts, route.parts));
  return methods.filter((method) => there.some((route) => route.method === method));
}

/** As the router reads a path: an empty part, of a slash too many or at the end, is none. */
function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

function fits(parts: readonly string[], pattern: readonly string[]): boolean {
  return parts.length === pattern.length && pattern.every((part, at) => part.startsWith(':') || part === parts[at]);
}
