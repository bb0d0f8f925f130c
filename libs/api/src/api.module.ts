import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { contextOf } from '#libs/logging';
import { RERANK_OBSERVER, RerankingModule, type RerankObserver } from '#libs/rerank';
import { ModelInformationController } from './probes/model-information.controller.js';
import { TokenizeController } from './probes/tokenize.controller.js';
import { RerankController } from './rerank.controller.js';
import { ApiKeyGuard } from './shared/api-key.guard.js';
import { DIALECTS } from './shared/dialect.js';
import { RerankErrorFilter } from './shared/rerank-error.filter.js';
import { routeOf } from './shared/request-route.js';

/** What a rerank path answers. */
const STATUSES = [200, 400, 401, 413, 415, 422, 429, 500, 503, 504];

@Module({
  imports: [RerankingModule],
  controllers: [RerankController, ModelInformationController, TokenizeController],
  providers: [
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_FILTER, useClass: RerankErrorFilter },
  ],
})
export class ApiModule implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(RERANK_OBSERVER) private readonly observer: RerankObserver,
  ) {}

  /** Counts and logs every answer of a rerank path, whoever wrote it: handler, guard, filter or body parser. */
  onModuleInit(): void {
    this.observer.expectAnswers(DIALECTS, STATUSES);
    this.host.httpAdapter.getInstance().addHook('onResponse', async (request, reply) => {
      const dialect = routeOf(request)?.dialect;
      if (dialect === undefined) return;
      const answer = { dialect, status: reply.statusCode, seconds: reply.elapsedTime / 1000 };
      this.observer.answered(answer);
      request.log.info({ ...answer, ...contextOf(request.raw)?.notes }, 'answered');
    });
  }
}
