import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorsForAll } from '../dialects/errors.js';
import { errorDialectOf } from '../dispatch/request-dialect.js';
import { publicError, type PublicError } from './public-error.js';

const log = new Logger('Errors');

/** Every error leaves here: the caller gets the public sentence in its API's form, the log gets the rest. */
export function answerError(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.raw.destroyed) return; // The client is gone.
  const error = publicError(exception, request);
  if (hasMoreToSay(exception, error)) log.error({ err: exception, requestId: request.id }, error.message);
  if (error.retryAfterSeconds !== undefined) reply.header('Retry-After', String(error.retryAfterSeconds));
  if (error.status === 401) reply.header('WWW-Authenticate', 'Bearer');
  const { status, body } = (errorDialectOf(request) ?? errorsForAll).toError(error, request.id);
  // Errors from before the routes pass no hook that would add it.
  reply.header('X-Request-Id', request.id).status(status).send(body);
}

/** What the answer leaves out: what broke. A refusal says all there is, and there may be many. */
function hasMoreToSay(exception: unknown, { code }: PublicError): boolean {
  return code === 'internal' || (exception as Error).cause !== undefined;
}

/** What Nest caught goes the way of all errors. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
