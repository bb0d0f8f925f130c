import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WorkAdmission } from '#libs/rerank';
import { factsOf, methodsAt } from '#libs/routes';
import { BodyIntake } from '../intake/body-intake.js';
import { HttpFault } from '../errors/http-fault.js';
import { bodyBytesOf, checkBodyHeaders } from './body-headers.js';
import { bestPriorityOf, KeyCheck } from './key-check.js';

const METHODS = ['GET', 'POST'] as const;

/** What can be said before a byte of the body is kept, in this order: path, method, key, the body's headers, room. */
@Injectable()
export class Gate {
  constructor(
    private readonly keys: KeyCheck,
    private readonly admission: WorkAdmission,
    private readonly bodies: BodyIntake,
  ) {}

  /** Throws an HttpFault, a ModelNotReadyError or a NotAdmittedError. Cheap: under load most requests end here. */
  check(request: FastifyRequest, reply: FastifyReply): void {
    if (request.is404) throw unknownRoute(request, reply);
    if (!this.keys.admits(request)) {
      throw new HttpFault(
        'unauthorized',
        'invalid or missing API key: send "Authorization: Bearer <key>" or "X-API-Key: <key>"',
      );
    }
    checkBodyHeaders(request);
    const length = Number(request.headers['content-length'] ?? 0);
    if (factsOf(request).admitted) this.admission.requireRoom(length, bestPriorityOf(request));
    this.bodies.requireRoom(bodyBytesOf(request));
  }
}

/** The framework answers 404 to another method of a path it has. */
function unknownRoute(request: FastifyRequest, reply: FastifyReply): HttpFault {
  const allowed = methodsAt(request, METHODS).join(', ');
  if (allowed === '') {
    const [path = ''] = request.url.split('?');
    return new HttpFault('not_found', `there is nothing at ${request.method} ${path}`);
  }
  reply.header('Allow', allowed);
  return new HttpFault('method_not_allowed', `${request.method} is not allowed here, send ${allowed}`);
}
