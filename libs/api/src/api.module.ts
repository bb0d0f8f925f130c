import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { contextOf } from '#libs/logging';
import { RERANK_OBSERVER, RerankingModule, type RerankObserver } from '#libs/rerank';
import { factsOf } from '#libs/routes';
import { DIALECTS } from './dialects/list.js';
import { dialectOf } from './dispatch/request-dialect.js';
import { Gate } from './gate/gate.js';
import { KeyCheck } from './gate/key-check.js';
import { ModelInformationController } from './probes/model-information.controller.js';
import { TokenizeController } from './probes/tokenize.controller.js';
import { RerankController } from './rerank.controller.js';
import { RerankErrorFilter } from './shared/rerank-error.filter.js';

/** What a rerank path answers. */
const STATUSES = [200, 400, 401, 413, 415, 422, 429, 500, 503, 504];

@Module({
  imports: [RerankingModule],
  controllers: [RerankController, ModelInformationController, TokenizeController],
  providers: [KeyCheck, Gate, { provide: APP_FILTER, useClass: RerankErrorFilter }],
})
export class ApiModule implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(RERANK_OBSERVER) private readonly observer: RerankObserver,
    private readonly gate: Gate,
  ) {}

  onModuleInit(): void {
    this.host.httpAdapter.getInstance().addHook('onRequest', (request, reply, done) => {
      try {
        this.gate.check(request, reply);
        done();
      } catch (error) {
        done(error as Error);
      }
    });
    this.watchAnswers();
  }

  /** Counts and logs every answer of an admitted route, whatever wrote it: handler, gate, filter or body parser. */
  private watchAnswers(): void {
    this.observer.expectAnswers([...new Set(DIALECTS.map(({ name }) => name))], STATUSES);
    this.host.httpAdapter.getInstance().addHook('onResponse', async (request, reply) => {
      const dialect = dialectOf(request)?.name;
      if (dialect === undefined || !factsOf(request).admitted) return;
      const answer = { dialect, status: reply.statusCode, seconds: reply.elapsedTime / 1000 };
      this.observer.answered(answer);
      request.log.info({ ...answer, ...contextOf(request.raw)?.notes }, 'answered');
    });
  }
}
