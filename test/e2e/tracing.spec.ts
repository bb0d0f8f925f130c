import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { TraceCollector } from '../support/trace-collector.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const BODY = { query: 'q', documents: ['a', 'b'] };
const FAST = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '50' };

const collector = new TraceCollector();
let endpoint = '';
beforeAll(async () => {
  endpoint = await collector.listen();
});
afterAll(() => collector.close());

describe("with OpenTelemetry's SDK", () => {
  it('sends the spans of a request under its caller, as the variables of the SDK say', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20secret',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      ...FAST,
    };
    await TestServer.with(env, async (server) => {
      await server.post('/rerank', BODY, { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, 'x-request-id': 'mine' });
      await server.post('/rerank', BODY, { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` });
      await server.post('/rerank', 'no JSON');
      await server.until(() => collector.spans.some(({ parentSpanId }) => parentSpanId === undefined));
    });
    const asked = collector.spans.find(({ parentSpanId }) => parentSpanId === SPAN_ID);
    expect(asked).toMatchObject({ traceId: TRACE_ID, name: 'POST /rerank' });
    expect(asked!.attributes).toContainEqual({ key: 'requestId', value: { stringValue: 'mine' } });
    const phases = collector.spans.filter(({ parentSpanId }) => parentSpanId === asked!.spanId);
    expect(phases.map(({ name }) => name)).toEqual(['tokenize', 'queue', 'compute']);
    // The second one is not sampled, the third one begins a trace.
    expect(collector.spans).toHaveLength(5);
    const [request] = collector.requests;
    expect([request!.path, request!.headers.authorization]).toEqual(['/v1/traces', 'Bearer secret']);
    expect(collector.resource).toMatchObject({
      'service.name': 'qwen3-reranker',
      'deployment.environment.name': 'test',
    });
  });

  it('names the service as it is told, and answers and stops as ever where the collector is gone', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SERVICE_NAME: 'search', ...FAST };
    const server = await TestServer.start(env);
    expect((await server.post('/rerank', BODY)).status).toBe(200);
    await server.until(() => server.log.includes('OpenTelemetry: '));
    expect(await server.stop()).toBe(0);
    for (const line of server.log.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

describe('without it', () => {
  const hook = pathToFileURL(path.join(import.meta.dirname, '../support/without-telemetry.mjs'));
  const NODE_OPTIONS = `--import=${hook.href}`;

  it('starts and answers, for nothing of it is loaded until there is an endpoint', async () => {
    await TestServer.with({ NODE_OPTIONS }, async (server) => {
      expect((await server.post('/rerank', BODY)).status).toBe(200);
    });
  });

  it('refuses to start with an endpoint, and says what to install', async () => {
    const server = TestServer.spawn({ NODE_OPTIONS, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(await server.exit()).toBe(1);
    expect(server.log).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT needs .* npm install @opentelemetry\/sdk-node@0\.\d+\.0/u);
  });
});
