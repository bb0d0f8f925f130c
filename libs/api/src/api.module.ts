import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { RERANK_OBSERVER, RerankingModule, type RerankObserver } from '#libs/rerank';
import { NativeController } from './native/native.controller.js';
import { ApiKeyGuard } from './shared/api-key.guard.js';
import { RerankErrorFilter } from './shared/rerank-error.filter.js';
import { bodyValidation } from './shared/validation.js';

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

  /** Counts every answer of a dialect's route, whoever wrote it: handler, guard, filter or body parser. */
  onModuleInit(): void {
    this.host.httpAdapter.getInstance().addHook('onResponse', async (request, reply) => {
      const { dialect } = request.routeOptions.config as { dialect?: string };
      if (dialect === undefined) return;
      this.observer.answered({ dialect, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    });
  }
}
