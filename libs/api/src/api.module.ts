import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { contextOf } from '#libs/logging';
import { RERANK_OBSERVER, RerankingModule, RerankService, type RerankObserver } from '#libs/rerank';
import { RERANK_PATHS } from './dispatch/dispatch.js';
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
    ApiKeyGuard,
    { provide: APP_GUARD, useExisting: ApiKeyGuard },
    { provide: APP_FILTER, useClass: RerankErrorFilter },
  ],
})
export class ApiModule implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(RERANK_OBSERVER) private readonly observer: RerankObserver,
    private readonly reranker: RerankService,
    private readonly keys: ApiKeyGuard,
  ) {}

  onModuleInit(): void {
    this.refuseEarly();
    this.watchAnswers();
  }

  /**
   * Under load most requests are refused, so a refusal must cost little: it is made before the handler and all that
   * surrounds it, as soon as the body says in which API's words.
   */
  private refuseEarly(): void {
    const paths = new Set<string | undefined>(RERANK_PATHS);
    this.host.httpAdapter.getInstance().addHook('preHandler', (request, _reply, done) => {
      // Who has no key is told so, by the guard, and not how busy the server is.
      if (!paths.has(request.routeOptions.url) || !this.keys.admits(request)) {
        done();
        return;
      }
      try {
        this.reranker.requireRoom();
        done();
      } catch (error) {
        done(error as Error);
      }
    });
  }

  /** Counts and logs every answer of a rerank path, whoever wrote it: handler, guard, filter or body parser. */
  private watchAnswers(): void {
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
