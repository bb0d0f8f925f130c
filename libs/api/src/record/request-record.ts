import { Inject, Injectable } from '@nestjs/common';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RERANK_OBSERVER, type RerankObserver, type Totals } from '#libs/rerank';
import { factsOf } from '#libs/routes';
import { ANSWER_STATUSES } from '../errors/statuses.js';
import { DIALECTS } from '../dialects/list.js';
import { dialectOf } from '../dispatch/request-dialect.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What was ranked; undefined until it was, and where nothing was. */
    totals: Totals | undefined;
  }
}

/** What admitted routes are counted under that rank nothing. */
const TOKENIZE = 'tokenize';

/** Counts and logs every answer of an admitted route, whatever wrote it: handler, gate, filter or body parser. */
@Injectable()
export class RequestRecord {
  constructor(@Inject(RERANK_OBSERVER) private readonly observer: RerankObserver) {}

  attach(fastify: FastifyInstance): void {
    this.observer.expectAnswers([...new Set(DIALECTS.map(({ name }) => name)), TOKENIZE], ANSWER_STATUSES);
    fastify.decorateRequest('totals', undefined);
    // A record holds no header, so none is looked for: that would be a tenth of what a refusal costs.
    const log = fastify.log.child({}, { redact: [] });
    fastify.addHook('onResponse', (request, reply, done) => {
      if (factsOf(request).admitted) this.add(request, reply, log);
      done();
    });
  }

  private add(request: FastifyRequest, reply: FastifyReply, log: FastifyBaseLogger): void {
    const dialect = dialectOf(request)?.name ?? TOKENIZE;
    const answer = { dialect, status: reply.statusCode, seconds: reply.elapsedTime / 1000 };
    this.observer.answered(answer, request.totals);
    log.info({ reqId: request.id, ...answer, ...request.totals }, 'answered');
  }
}

/** text-embeddings-inference's headers: where the time went, in milliseconds, and how much was computed. */
export function setTimeHeaders(reply: FastifyReply, totals: Totals, characters: number): void {
  reply.headers({
    'x-compute-type': 'text',
    'x-compute-time': String(Math.round(reply.elapsedTime)),
    'x-compute-characters': String(characters),
    'x-compute-tokens': String(totals.promptTokens),
    'x-total-time': String(Math.round(reply.elapsedTime)),
    'x-tokenization-time': milliseconds(totals.tokenizeSeconds),
    'x-queue-time': milliseconds(totals.queueSeconds),
    'x-inference-time': milliseconds(totals.computeSeconds),
  });
}

function milliseconds(seconds: number): string {
  return String(Math.round(seconds * 1000));
}
