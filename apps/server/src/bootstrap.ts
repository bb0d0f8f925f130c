import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerError, answerUnreadable, attachApi } from '#libs/api';
import { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { AppConfig, ServerConfig } from '#libs/config';
import { NestPinoLogger, type Logger } from '#libs/logging';
import { ModelService, type ModelSource } from '#libs/model-service';
import { keepRouteTable } from '#libs/routes';
import { AdminListener } from './admin-listener.js';
import { AppModule } from './app.module.js';
import { ConfiguredModel } from './configured-model.js';
import { limitConnections } from './connection-limit.js';
import { serveDocs } from './docs.js';
import { servePlayground } from './playground.js';
import { takeUpInTurn } from './requests-ahead.js';
import { endSlowReaders } from './slow-readers.js';
import { endUnusedConnections } from './unused-connections.js';

/** What a header and a line of the log carry as it is: other bytes come back changed, or steer a terminal. */
const USABLE_ID = /^[\x20-\x7e]+$/u;
const MOST_ID_CHARACTERS = 128;
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

/** Errors have their way out before Nest sets its own, which plugins' routes would not have. */
class ServerAdapter extends FastifyAdapter {
  override setErrorHandler(): FastifyInstance {
    return this.getInstance();
  }
}

/** The whole server, ready to listen; the model is started apart. The source is the configured one, or a test's. */
export async function createApp(
  config: AppConfig,
  logger: Logger,
  source: ModelSource = new ConfiguredModel(config, logger),
): Promise<NestFastifyApplication> {
  const adapter = new ServerAdapter({
    loggerInstance: logger,
    // One line per request, written where its figures are known: no request needs a logger of its own.
    childLoggerFactory: (shared: FastifyBaseLogger) => shared,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.limits.MAX_BODY_BYTES,
    // A path that cannot be read fails before there is a route.
    frameworkErrors: answerError,
    clientErrorHandler: answerUnreadable,
    // Clients join a base URL and a path with one slash too many, or end with one.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    keepAliveTimeout: config.server.KEEP_ALIVE_TIMEOUT * 1000,
    // Slow clients: time for the headers, and for the whole request.
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: requestId,
    // A client may keep its connection open without end; a stopping server must not wait for it.
    forceCloseConnections: 'idle',
  });
  keepRouteTable(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config, source), adapter, {
    logger: new NestPinoLogger(logger),
    abortOnError: false,
    // Bodies are read by libs/api, after what headers say is settled.
    bodyParser: false,
  });
  const { tracing, server } = config;
  configure(app, server);
  if (tracing.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) {
    const { traceRequests } = await import('./trace-requests.js');
    await traceRequests(app, tracing);
  }
  if (server.DOCS) serveDocs(app);
  if (server.PLAYGROUND) await servePlayground(app);
  return app;
}

/** The caller's, where it is one that a header and a log line can carry. */
function requestId({ headers }: { readonly headers: IncomingHttpHeaders }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && USABLE_ID.test(given) ? given.slice(0, MOST_ID_CHARACTERS) : randomUUID();
}

function configure(app: NestFastifyApplication, { MAX_CONNECTIONS, CORS_ORIGINS }: ServerConfig): void {
  const fastify = app.getHttpAdapter().getInstance();
  const model = app.get(ModelService);
  takeUpInTurn(fastify);
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('X-Request-Id', request.id).headers(SECURITY_HEADERS);
    if (String(reply.getHeader('content-type')).startsWith('application/json')) {
      reply.header('Content-Security-Policy', JSON_POLICY).header('Cache-Control', 'no-store');
    }
    // The port is closed: clients that keep their connection are sent to another server.
    if (model.state === 'draining' && !fastify.server.listening) reply.header('Connection', 'close');
    done();
  });
  endUnusedConnections(fastify);
  endSlowReaders(fastify);
  if (MAX_CONNECTIONS !== undefined) limitConnections(app, MAX_CONNECTIONS);
  app.get(AdminListener).attach(fastify);
  attachApi(app);
  if (CORS_ORIGINS.length > 0) {
    app.enableCors({ origin: CORS_ORIGINS.includes('*') ? '*' : [...CORS_ORIGINS] });
  }
}
