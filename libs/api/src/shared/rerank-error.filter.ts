import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorsForAll } from '../dialects/errors.js';
import { errorDialectOf } from '../dispatch/request-dialect.js';
import { publicError } from './public-error.js';
import { readOn } from './read-on.js';

const BODY_TOO_LARGE = 413;

/** Every error leaves here: the caller gets the public sentence in its API's form, the log gets the rest. */
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
    const { status, body } = (errorDialectOf(request) ?? errorsForAll).toError(error, request.id);
    if (error.status !== BODY_TOO_LARGE) {
      reply.status(status).send(body);
      return;
    }
    // A client that sends without end does not get to send its next request here.
    reply.header('Connection', 'close');
    void readOn(request.raw).then(() => reply.status(status).send(body));
  }
}
