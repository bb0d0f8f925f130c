import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyBaseLogger } from 'fastify';
import { ConfigError, giveToTelemetry, type TracingConfig } from '#libs/config';
import { factsOf } from '#libs/routes';
import { traceRequest } from './request-spans.js';

/** No dependency of the server: it brings 66 packages of 28 MB. The images have it. */
const SDK_TO_INSTALL = '@opentelemetry/sdk-node@0.223.0';
/** A collector that is gone does not hold up a server that stops. */
const LAST_SPANS_MS = 2000;

/** Traces every answered request of a route that does work. Rejects with a ConfigError where the SDK is not installed. */
export async function traceRequests(app: NestFastifyApplication, config: TracingConfig): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  giveToTelemetry(config);
  const stop = await startSdk(fastify.log);
  fastify.addHook('onResponse', async (request, reply) => {
    if (!factsOf(request).admitted) return;
    const finished = {
      name: `${request.method} ${request.routeOptions.url ?? ''}`,
      endMs: Date.now(),
      seconds: reply.elapsedTime / 1000,
      status: reply.statusCode,
      notes: { requestId: request.id, ...request.totals },
    };
    traceRequest(finished, request.headers);
  });
  fastify.addHook('onClose', stop);
}

/** Answers what sends the last spans and ends it. */
async function startSdk(log: FastifyBaseLogger): Promise<() => Promise<void>> {
  const { NodeSDK, resources } = await importSdk();
  const warn = (message: string) => log.warn(`OpenTelemetry: ${message}`);
  // First: where OTEL_LOG_LEVEL is set the SDK puts its own logger in the place of this one.
  diag.setLogger({ error: warn, warn, info: warn, debug: warn, verbose: warn }, DiagLogLevel.WARN);
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over it.
  const sdk = new NodeSDK({ resource: resources.resourceFromAttributes({ 'service.name': 'qwen3-reranker' }) });
  sdk.start();
  return async () => {
    const late = new Promise<void>((resolve) => void setTimeout(resolve, LAST_SPANS_MS).unref());
    await Promise.race([sdk.shutdown().catch((error: unknown) => warn(String(error))), late]);
  };
}

async function importSdk(): Promise<typeof import('@opentelemetry/sdk-node')> {
  try {
    return await import('@opentelemetry/sdk-node');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const what = `OTEL_EXPORTER_OTLP_ENDPOINT needs OpenTelemetry's SDK, which is not installed (${reason})`;
    throw new ConfigError([`${what}: run npm install ${SDK_TO_INSTALL}, or leave the variable out`]);
  }
}
