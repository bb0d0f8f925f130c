import type { FastifyRequest } from 'fastify';
import { dispatch, dispatchProbe, type Call, type Route } from '../dispatch/dispatch.js';

/** The API that a request speaks; also before its body was read, by its path alone. */
export function routeOf(request: FastifyRequest): Route | undefined {
  return dispatch(callOf(request));
}

/** The API whose errors the caller reads, also where it does not rerank. */
export function errorRouteOf(request: FastifyRequest): Route | undefined {
  return routeOf(request) ?? dispatchProbe(callOf(request));
}

function callOf({ routeOptions, headers, body }: FastifyRequest): Call {
  return { path: routeOptions.url ?? '', headers, body };
}
