import { Catch, Logger, MethodNotAllowedException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorAnswer } from './error-bodies.js';
import { publicError } from './public-error.js';
import { readOn } from './read-on.js';
import { errorRouteOf } from './request-route.js';

const NOT_FOUND = 404;
const BODY_TOO_LARGE = 413;
const METHODS = ['GET', 'POST'] as const;

/** Every error leaves here: the caller gets the public sentence in its API's form, the log gets the rest. */
@Catch()
export class RerankErrorFilter implements ExceptionFilter {
  private readonly log = new Logger(RerankErrorFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FastifyRequest>();
    if (reply.raw.destroyed) return; // The client is gone; there is nobody to answer.
    const error = publicError(withMethod(exception, request, reply), request);
    if (error.status >= 500) this.log.error({ err: exception, requestId: request.id }, error.message);
    if (error.retryAfterSeconds !== undefined) reply.header('Retry-After', String(error.retryAfterSeconds));
    if (error.status === 401) reply.header('WWW-Authenticate', 'Bearer');
    const { status, body } = errorAnswer(error, request.id, errorRouteOf(request));
    if (error.status !== BODY_TOO_LARGE) {
      reply.status(status).send(body);
      return;
    }
    // A client that sends without end does not get to send its next request here.
    reply.header('Connection', 'close');
    void readOn(request.raw).then(() => reply.status(status).send(body));
  }
}

/** The framework answers 404 to another method of a path it has. */
function withMethod(exception: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  const missing = (exception as { status?: unknown } | null)?.status === NOT_FOUND;
  if (!missing || request.routeOptions.url !== undefined) return exception;
  const [path = ''] = request.url.split('?');
  const allowed = METHODS.filter((method) => request.server.hasRoute({ method, url: path })).join(', ');
  if (allowed === '') return exception;
  reply.header('Allow', allowed);
  return new MethodNotAllowedException(`${request.method} is not allowed here, send ${allowed}`);
}
