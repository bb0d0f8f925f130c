import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { contextOf } from '#libs/logging';
import { RERANK_OBSERVER, type RerankObserver } from '#libs/rerank';
import { factsOf } from '#libs/routes';
import { ANSWER_STATUSES } from '../errors/statuses.js';
import { DIALECTS } from '../dialects/list.js';
import { dialectOf } from '../dispatch/request-dialect.js';

/** Counts and logs every answer of an admitted route, whatever wrote it: handler, gate, filter or body parser. */
@Injectable()
export class RequestRecord {
  constructor(@Inject(RERANK_OBSERVER) private readonly observer: RerankObserver) {}

  attach(fastify: FastifyInstance): void {
    this.observer.expectAnswers([...new Set(DIALECTS.map(({ name }) => name))], ANSWER_STATUSES);
    fastify.addHook('onResponse', async (request, reply) => {
      const dialect = dialectOf(request)?.name;
      if (dialect === undefined || !factsOf(request).admitted) return;
      const answer = { dialect, status: reply.statusCode, seconds: reply.elapsedTime / 1000 };
      this.observer.answered(answer);
      request.log.info({ reqId: request.id, ...answer, ...contextOf(request.raw)?.notes }, 'answered');
    });
  }
}
