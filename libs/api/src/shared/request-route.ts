import type { FastifyRequest } from 'fastify';
import { dispatch, type Route } from '../dispatch/dispatch.js';

/** The API that a request speaks; also before its body was read, by its path alone. */
export function routeOf({ routeOptions, headers, body }: FastifyRequest): Route | undefined {
  const { url } = routeOptions;
  return url === undefined ? undefined : dispatch({ path: url, headers, body });
}
