import type { FastifyRequest } from 'fastify';
import { HttpFault } from '../errors/http-fault.js';

const JSON_TYPE = 'application/json';
/** Named in the answer when they are sent; what else a header says is not repeated. */
const OTHER_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']);
const ENCODINGS = new Set(['gzip', 'deflate', 'br', 'zstd']);

/** Throws what a body's headers say is wrong with it: its encoding, its type, its length. */
export function checkBodyHeaders({ headers, routeOptions }: FastifyRequest): void {
  const length = Number(headers['content-length'] ?? 0);
  if (length === 0 && headers['transfer-encoding'] === undefined) return;
  requirePlain(headers['content-encoding']?.trim().toLowerCase() ?? 'identity');
  requireJson(headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase(), headers.origin !== undefined);
  if (length > routeOptions.bodyLimit) {
    throw new HttpFault('body_too_large', `the body must be at most ${routeOptions.bodyLimit} bytes`);
  }
}

/** What a body will have; one that comes in chunks may have the most. */
export function bodyBytesOf({ headers, routeOptions }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return routeOptions.bodyLimit;
  return Number(headers['content-length'] ?? 0);
}

function requirePlain(encoding: string): void {
  if (encoding === 'identity') return;
  const named = ENCODINGS.has(encoding) ? `, not ${encoding}` : '';
  throw new HttpFault('unsupported_media_type', `the body must not be encoded: send it as it is${named}`);
}

/** Weaviate sends no type. A page of another site can do so too, without the browser asking first: its origin tells. */
function requireJson(type: string | undefined, isFromPage: boolean): void {
  if (type === JSON_TYPE || (type === undefined && !isFromPage)) return;
  const named = type !== undefined && OTHER_TYPES.has(type) ? `, not ${type}` : '';
  throw new HttpFault('unsupported_media_type', `the body must be JSON${named}: send Content-Type: ${JSON_TYPE}`);
}
