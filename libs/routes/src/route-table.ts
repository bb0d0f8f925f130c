import type { FastifyInstance } from 'fastify';
import type { RouteFacts } from './route-facts.js';

export interface KnownRoute {
  readonly method: string;
  /** The route's pattern, such as `/v1/models/:id`. */
  readonly path: string;
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
      fastify.routeTable.push({ method: one, path: url, ...(config?.facts !== undefined && { facts: config.facts }) });
    }
  });
}
