import type { FastifyRequest } from 'fastify';
import type { Dialect } from '../dialects/dialect.js';
import { dispatch, dispatchProbe, type Call } from './dispatch.js';

/** The API that a request speaks; also before its body was read, by its path alone. */
export function dialectOf(request: FastifyRequest): Dialect | undefined {
  return dispatch(callOf(request));
}

/** The API whose errors the caller reads, also where it does not rerank. */
export function errorDialectOf(request: FastifyRequest): Dialect | undefined {
  return dialectOf(request) ?? dispatchProbe(callOf(request));
}

function callOf({ routeOptions, headers, body }: FastifyRequest): Call {
  return { path: routeOptions.url ?? '', headers, body };
}
