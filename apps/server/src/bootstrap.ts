import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '#libs/config';
import { NestPinoLogger, type Logger } from '#libs/logging';
import { AppModule } from './app.module.js';
import { serveDocs } from './docs.js';
import { servePlayground } from './playground.js';

/** The whole server, ready to listen; the engine is not started yet. The model's files must be there. */
export async function createApp(config: AppConfig, logger: Logger): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    // One line per request, written where its figures are known.
    disableRequestLogging: true,
    bodyLimit: config.MAX_BODY_BYTES,
    // Clients join a base URL and a path with one slash too many, or end with one.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT * 1000,
    requestIdHeader: 'x-request-id',
    genReqId: () => randomUUID(),
    // A client may hold its connection open for ever; a stopping server may not wait for it.
    forceCloseConnections: 'idle',
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config), adapter, {
    logger: new NestPinoLogger(logger),
    abortOnError: false,
  });
  configure(app, config);
  if (config.DOCS) serveDocs(app);
  if (config.PLAYGROUND) await servePlayground(app);
  return app;
}

function configure(app: NestFastifyApplication, config: AppConfig): void {
  const fastify = app.getHttpAdapter().getInstance();
  // Fastify reads plain text by itself; here a body is JSON or it is refused.
  fastify.removeContentTypeParser('text/plain');
  fastify.addHook('onSend', async (request, reply) => {
    reply.header('X-Request-Id', request.id);
  });
  if (config.MAX_CONNECTIONS !== undefined) app.getHttpServer().maxConnections = config.MAX_CONNECTIONS;
  if (config.CORS_ORIGINS.length > 0) {
    app.enableCors({ origin: config.CORS_ORIGINS.includes('*') ? '*' : [...config.CORS_ORIGINS] });
  }
}
