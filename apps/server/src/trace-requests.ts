import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '#libs/config';
import { contextOf, OtlpExporter, spansOf, traceContextOf } from '#libs/logging';

/** Sends a trace of every answered request that came through a handler; sampling is the caller's word. */
export function traceRequests(app: NestFastifyApplication, config: AppConfig, endpoint: string): void {
  const fastify = app.getHttpAdapter().getInstance();
  const exporter = new OtlpExporter({
    endpoint,
    serviceName: config.OTEL_SERVICE_NAME,
    headers: Object.fromEntries(config.OTEL_EXPORTER_OTLP_HEADERS.map(pair)),
    failed: (reason, spans) => fastify.log.warn({ reason, spans }, 'traces were not delivered'),
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const known = contextOf(request.raw);
    if (known === undefined || request.method !== 'POST') return;
    const context = traceContextOf(known.traceparent);
    if (!context.sampled) return;
    exporter.add(
      spansOf(
        {
          name: `${request.method} ${request.routeOptions.url ?? ''}`,
          endMs: Date.now(),
          seconds: reply.elapsedTime / 1000,
          status: reply.statusCode,
          notes: { requestId: request.id, ...known.notes },
        },
        context,
      ),
    );
  });
  fastify.addHook('onClose', () => exporter.close());
}

/** `name=value`, as the specification writes headers. */
function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), decodeURIComponent(text.slice(at + 1))];
}
