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
  if (exception instanceof HttpException) {
    return { status: exception.getStatus(), code: codeOf(exception.getStatus()), message: exception.message };
  }
  return parserError(exception, request) ?? INTERNAL;
}

/** Fastify's own refusals, before a handler ran; its codes are its contract. */
function parserError(exception: unknown, request: FastifyRequest): PublicError | undefined {
  const { code, statusCode } = (exception ?? {}) as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = request.routeOptions.bodyLimit;
    return { status: 413, code: 'body_too_large', message: `the body must be at most ${limit} bytes` };
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return {
      status: 415,
      code: 'unsupported_media_type',
      message: 'the body must be JSON: send Content-Type: application/json',
    };
  }
  if (statusCode === 400) return { status: 400, code: 'invalid_request', message: 'the body must be valid JSON' };
  return undefined;
}

function codeOf(status: number): string {
  const codes: Readonly<Record<number, string>> = { 401: 'unauthorized', 404: 'not_found', 405: 'method_not_allowed' };
  return codes[status] ?? (status < 500 ? 'invalid_request' : 'internal');
}
