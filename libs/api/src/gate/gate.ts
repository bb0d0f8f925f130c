import { Injectable, MethodNotAllowedException, NotFoundException, UnauthorizedException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RerankService } from '#libs/rerank';
import { factsOf } from '#libs/routes';
import { KeyCheck } from './key-check.js';

const METHODS = ['GET', 'POST'] as const;

/** What can be said before a byte of the body is kept, in this order: path, method, key, room. Throws what is wrong. */
@Injectable()
export class Gate {
  constructor(
    private readonly keys: KeyCheck,
    private readonly reranker: RerankService,
  ) {}

  /** Cheap: under load most requests end here. */
  check(request: FastifyRequest, reply: FastifyReply): void {
    if (request.is404) throw unknownRoute(request, reply);
    if (!this.keys.admits(request)) {
      throw new UnauthorizedException(
        'invalid or missing API key: send "Authorization: Bearer <key>" or "X-API-Key: <key>"',
      );
    }
    if (factsOf(request).admitted) this.reranker.requireRoom();
  }
}

/** The framework answers 404 to another method of a path it has. */
function unknownRoute(request: FastifyRequest, reply: FastifyReply): Error {
  const [path = ''] = request.url.split('?');
  const allowed = METHODS.filter((method) => request.server.hasRoute({ method, url: path })).join(', ');
  if (allowed === '') return new NotFoundException(`Cannot ${request.method} ${path}`);
  reply.header('Allow', allowed);
  return new MethodNotAllowedException(`${request.method} is not allowed here, send ${allowed}`);
}
