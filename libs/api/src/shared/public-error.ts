import { HttpException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RerankError } from '#libs/rerank';

/** What a caller may see of an error; `code` is stable. */
export type PublicError = Pick<RerankError, 'status' | 'code' | 'message' | 'field' | 'retryAfterSeconds'> & {
  readonly fault?: string;
};

const INTERNAL: PublicError = { status: 500, code: 'internal', message: 'internal error' };

/** From whatever was thrown: ours, Nest's refusals, and Fastify's own from before a handler ran. */
export function publicError(exception: unknown, request: FastifyRequest): PublicError {
  if (exception instanceof RerankError) return exception;
  const status = statusOf(exception);
  if (status === undefined || status >= 500) return INTERNAL;
  return { status, code: CODES[status] ?? 'invalid_request', message: sentence(status, exception as Error, request) };
}

const CODES: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
};

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  const { statusCode } = (exception ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function sentence(status: number, { message }: Error, request: FastifyRequest): string {
  switch (status) {
    case 400:
      return 'the body must be valid JSON';
    case 413:
      return `the body must be at most ${request.routeOptions.bodyLimit} bytes`;
    case 415:
      return 'the body must be JSON: send Content-Type: application/json';
    default:
      return message;
  }
}
