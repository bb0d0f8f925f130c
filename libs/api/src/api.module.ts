import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { RERANK_OBSERVER, RerankingModule, type RerankObserver } from '#libs/rerank';
import { NativeController } from './native/native.controller.js';
import { ApiKeyGuard } from './shared/api-key.guard.js';
import { DIALECTS } from './shared/dialect.js';
import { RerankErrorFilter } from './shared/rerank-error.filter.js';
import { bodyValidation } from './shared/validation.js';

/** What a dialect's route answers. */
const STATUSES = [200, 400, 401, 404, 413, 415, 429, 500, 503, 504];

@Module({
  imports: [RerankingModule],
  controllers: [NativeController],
  providers: [
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_FILTER, useClass: RerankErrorFilter },
    { provide: APP_PIPE, useFactory: bodyValidation },
  ],
})
export class ApiModule implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(RERANK_OBSERVER) private readonly observer: RerankObserver,
  ) {}

  /** Counts and logs every answer of a dialect's route, whoever wrote it: handler, guard, filter or body parser. */
  onModuleInit(): void {
    this.observer.expectAnswers(DIALECTS, STATUSES);
    this.host.httpAdapter.getInstance().addHook('onResponse', async (request, reply) => {
      const { dialect } = request.routeOptions.config as { dialect?: string };
      if (dialect === undefined) return;
      const answer = { dialect, status: reply.statusCode, seconds: reply.elapsedTime / 1000 };
      this.observer.answered(answer);
      request.log.info(answer, 'answered');
    });
  }
}
