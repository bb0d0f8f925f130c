import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { OtlpExporter } from './otlp-exporter.js';
import { traceSpansOf } from './request-spans.js';
import { traceContextOf } from './trace-context.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const NOTES = { documents: 3, tokenizeSeconds: 0.001, queueSeconds: 0.002, computeSeconds: 0.25 };
const REQUEST = { name: 'POST /rerank', endMs: 1_700_000_000_500, seconds: 0.5, status: 200, notes: NOTES };

describe('the trace context', () => {
  it('is the one that the caller sent', () => {
    const context = { traceId: TRACE_ID, parentSpanId: SPAN_ID };
    expect(traceContextOf(`00-${TRACE_ID}-${SPAN_ID}-01`)).toEqual({ ...context, sampled: true });
    expect(traceContextOf(`00-${TRACE_ID}-${SPAN_ID}-00`)).toEqual({ ...context, sampled: false });
    expect(traceContextOf(`cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-brings`)).toEqual({
      ...context,
      sampled: true,
    });
  });

  it.each([
    undefined,
    '',
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
  ])('begins anew for %s', (header) => {
    const context = traceContextOf(header);
    expect(context.traceId).toMatch(/^[0-9a-f]{32}$/u);
    expect(context.traceId).not.toBe(TRACE_ID);
    expect(context.parentSpanId).toBeUndefined();
  });
});

describe('the spans of a request', () => {
  it('are the request under its caller, and its phases one after the other under it', () => {
    const [root, ...phases] = traceSpansOf(REQUEST, traceContextOf(`00-${TRACE_ID}-${SPAN_ID}-01`));
    expect(root).toMatchObject({
      traceId: TRACE_ID,
      parentSpanId: SPAN_ID,
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000000500000000',
    });
    expect(root!.attributes).toContainEqual({ key: 'documents', value: { intValue: '3' } });
    expect(phases.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual(
      ['tokenize', 'queue', 'compute'].map((name) => [name, root!.spanId]),
    );
    expect(phases[2]).toMatchObject({
      startTimeUnixNano: '1700000000003000000',
      endTimeUnixNano: '1700000000253000000',
    });
  });

  it('are one for a request that was refused, marked where it is our fault', () => {
    expect(traceSpansOf({ ...REQUEST, status: 429, notes: {} }, traceContextOf(''))).toMatchObject([{ status: {} }]);
    expect(traceSpansOf({ ...REQUEST, status: 503, notes: {} }, traceContextOf(''))).toMatchObject([
      { status: { code: 2 } },
    ]);
  });
});

it('reach a collector, and a collector that is gone costs a line and nothing else', async () => {
  const received: { path: string | undefined; body: unknown }[] = [];
  const collector = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      received.push({ path: request.url, body: JSON.parse(text) });
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;
  const failures: string[] = [];
  const failed = (reason: string) => void failures.push(reason);
  const exporter = new OtlpExporter({ endpoint, serviceName: 'search', headers: {}, failed });
  exporter.add(traceSpansOf(REQUEST, traceContextOf('')));
  await exporter.flush();
  collector.closeAllConnections();
  collector.close();
  expect(received).toMatchObject([{ path: '/v1/traces', body: { resourceSpans: [{ scopeSpans: [{}] }] } }]);
  expect(JSON.stringify(received[0]!.body)).toContain('"search"');
  expect(failures).toEqual([]);
  exporter.add(traceSpansOf(REQUEST, traceContextOf('')));
  await exporter.close();
  expect(failures).toHaveLength(1);
});
