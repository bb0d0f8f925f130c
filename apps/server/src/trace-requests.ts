import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { TracingConfig } from '#libs/config';
import { OtlpExporter, traceSpansOf, traceContextOf } from '#libs/logging';
import { factsOf } from '#libs/routes';

/** Sends a trace of every answered request of a route that does work; sampling is the caller's word. */
export function traceRequests(app: NestFastifyApplication, config: TracingConfig, endpoint: string): void {
  const fastify = app.getHttpAdapter().getInstance();
  const exporter = new OtlpExporter({
    endpoint,
    serviceName: config.OTEL_SERVICE_NAME,
    headers: Object.fromEntries(config.OTEL_EXPORTER_OTLP_HEADERS.map(pair)),
    failed: (reason, spans) => fastify.log.warn({ reason, spans }, 'traces were not delivered'),
  });
  fastify.addHook('onResponse', async (request, reply) => {
    if (!factsOf(request).admitted) return;
    const { traceparent } = request.headers;
    const context = traceContextOf(typeof traceparent === 'string' ? traceparent : undefined);
    if (!context.sampled) return;
    exporter.add(
      traceSpansOf(
        {
          name: `${request.method} ${request.routeOptions.url ?? ''}`,
          endMs: Date.now(),
          seconds: reply.elapsedTime / 1000,
          status: reply.statusCode,
          notes: { requestId: request.id, ...request.totals },
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
