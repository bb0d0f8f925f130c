import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '#libs/config';
import { enterRequest, NestPinoLogger, type Logger } from '#libs/logging';
import { ModelService } from '#libs/model-service';
import { keepRouteTable } from '#libs/routes';
import { keepToProbes } from './admin-listener.js';
import { AppModule } from './app.module.js';
import { limitConnections } from './connection-limit.js';
import { serveDocs } from './docs.js';
import { servePlayground } from './playground.js';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** For answers that no browser shows; pages set their own policy. */
const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
const JSON_POLICY = "default-src 'none'; frame-ancestors 'none'";

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
    // Slow clients: time for the headers, and for the whole request.
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Documents may carry any key; these two are dropped before anything copies them into a prototype.
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    requestIdHeader: 'x-request-id',
    genReqId: () => randomUUID(),
    // A client may hold its connection open for ever; a stopping server may not wait for it.
    forceCloseConnections: 'idle',
  });
  keepRouteTable(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config), adapter, {
    logger: new NestPinoLogger(logger),
    abortOnError: false,
  });
  configure(app, config);
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) {
    const { traceRequests } = await import('./trace-requests.js');
    traceRequests(app, config, config.OTEL_EXPORTER_OTLP_ENDPOINT);
  }
  if (config.DOCS) serveDocs(app);
  if (config.PLAYGROUND) await servePlayground(app);
  return app;
}

function configure(app: NestFastifyApplication, config: AppConfig): void {
  const fastify = app.getHttpAdapter().getInstance();
  // Fastify reads plain text by itself; here a body is JSON or it is refused.
  fastify.removeContentTypeParser('text/plain');
  const model = app.get(ModelService);
  fastify.addHook('preHandler', (request, _reply, done) => {
    const { traceparent } = request.headers;
    enterRequest(request.raw, { id: request.id, ...(typeof traceparent === 'string' && { traceparent }) }, done);
  });
  fastify.addHook('onSend', async (request, reply) => {
    reply.header('X-Request-Id', request.id).headers(SECURITY_HEADERS);
    if (String(reply.getHeader('content-type')).startsWith('application/json')) {
      reply.header('Content-Security-Policy', JSON_POLICY).header('Cache-Control', 'no-store');
    }
    // The port is closed: clients that keep their connection shall come back to another server, not to this one.
    if (model.state === 'draining' && !fastify.server.listening) reply.header('Connection', 'close');
  });
  if (config.ADMIN_PORT !== undefined) keepToProbes(app);
  if (config.MAX_CONNECTIONS !== undefined) limitConnections(app, config.MAX_CONNECTIONS);
  if (config.CORS_ORIGINS.length > 0) {
    app.enableCors({ origin: config.CORS_ORIGINS.includes('*') ? '*' : [...config.CORS_ORIGINS] });
  }
}
