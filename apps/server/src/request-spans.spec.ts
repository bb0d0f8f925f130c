import { context, propagation, trace } from '@opentelemetry/api';
import { core, tracing } from '@opentelemetry/sdk-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { traceRequest } from './request-spans.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const NOTES = { documents: 3, tokenizeSeconds: 0.001, queueSeconds: 0.002, computeSeconds: 0.25 };
const REQUEST = { name: 'POST /rerank', endMs: 1_700_000_000_500, seconds: 0.5, status: 200, notes: NOTES };

const exporter = new tracing.InMemorySpanExporter();

beforeAll(() => {
  trace.setGlobalTracerProvider(
    new tracing.BasicTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] }),
  );
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
});
beforeEach(() => exporter.reset());
afterAll(() => {
  for (const api of [trace, propagation, context]) api.disable();
});

/** The request's span first. */
function spansOf(request: Parameters<typeof traceRequest>[0], traceparent?: string) {
  traceRequest(request, { traceparent });
  return exporter
    .getFinishedSpans()
    .toSorted((one, other) => Number(other.name === request.name) - Number(one.name === request.name));
}

describe('the trace context', () => {
  it.each([`00-${TRACE_ID}-${SPAN_ID}-01`, `cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-brings`])(
    'is the one that the caller sent: %s',
    (traceparent) => {
      const [root] = spansOf(REQUEST, traceparent);
      expect([root!.spanContext().traceId, root!.parentSpanContext?.spanId]).toEqual([TRACE_ID, SPAN_ID]);
    },
  );

  it('is not sampled where the caller says so', () => {
    expect(spansOf(REQUEST, `00-${TRACE_ID}-${SPAN_ID}-00`)).toEqual([]);
  });

  it.each([
    undefined,
    '',
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
  ])('begins anew for %s', (header) => {
    const [root] = spansOf(REQUEST, header);
    expect(root!.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/u);
    expect(root!.spanContext().traceId).not.toBe(TRACE_ID);
    expect(root!.parentSpanContext).toBeUndefined();
  });
});

describe('the spans of a request', () => {
  it('are the request under its caller, and its phases one after the other under it', () => {
    const [root, ...phases] = spansOf(REQUEST, `00-${TRACE_ID}-${SPAN_ID}-01`);
    expect(root).toMatchObject({ startTime: [1_700_000_000, 0], endTime: [1_700_000_000, 500_000_000] });
    expect(root!.attributes).toMatchObject({ documents: 3, 'http.response.status_code': 200 });
    expect(phases.map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId])).toEqual(
      ['tokenize', 'queue', 'compute'].map((name) => [name, root!.spanContext().spanId]),
    );
    expect(phases[2]).toMatchObject({ startTime: [1_700_000_000, 3_000_000], endTime: [1_700_000_000, 253_000_000] });
  });

  it('are one for a request that was refused, marked where it is our fault', () => {
    expect(spansOf({ ...REQUEST, status: 429, notes: {} })).toMatchObject([{ status: { code: 0 } }]);
    exporter.reset();
    expect(spansOf({ ...REQUEST, status: 503, notes: {} })).toMatchObject([{ status: { code: 2 } }]);
  });
});
