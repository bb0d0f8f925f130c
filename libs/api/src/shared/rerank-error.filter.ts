import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RerankError } from '#libs/rerank';

interface PublicError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly retryAfterSeconds?: number;
}

const INTERNAL: PublicError = { status: 500, code: 'internal', message: 'internal error' };

/** Every error leaves here: the caller gets the public sentence and the request id, the log gets the rest. */
@Catch()
export class RerankErrorFilter implements ExceptionFilter {
  private readonly log = new Logger(RerankErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FastifyRequest>();
    if (reply.raw.destroyed) return; // The client is gone; there is nobody to answer.
    const error = publicError(exception, request);
    if (error.status >= 500) this.log.error({ err: exception, requestId: request.id }, error.message);
    if (error.retryAfterSeconds !== undefined) reply.header('Retry-After', String(error.retryAfterSeconds));
    if (error.status === 401) reply.header('WWW-Authenticate', 'Bearer');
    reply.status(error.status).send(body(error, request.id));
  }
}

/** One body that Cohere, OpenRouter and the AI SDKs all parse: each reads its own key. */
function body({ message, code, status, field }: PublicError, id: string) {
  return { message, id, detail: message, error: { message, type: code, param: field ?? null, code: status } };
}

function publicError(exception: unknown, request: FastifyRequest): PublicError {
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

/** Nest's refusals, and Fastify's own from before a handler ran. */
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
