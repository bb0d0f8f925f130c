import { newSpanId, type TraceContext } from './trace-context.js';

/** A span in the JSON encoding of OTLP; times are nanoseconds as text. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly status: { readonly code?: number };
}

export interface FinishedRequest {
  readonly name: string;
  readonly endMs: number;
  readonly seconds: number;
  readonly status: number;
  readonly notes: Readonly<Record<string, number | string>>;
}

const SERVER = 2;
const INTERNAL = 1;
const ERROR = 2;
/** The phases of a request follow each other in this order. */
const PHASES = { tokenize: 'tokenizeSeconds', queue: 'queueSeconds', compute: 'computeSeconds' };

/** The request's span and one for each phase that it went through. */
export function traceSpansOf(request: FinishedRequest, { traceId, parentSpanId }: TraceContext): readonly OtlpSpan[] {
  const { name, endMs, seconds, status, notes } = request;
  const startMs = endMs - seconds * 1000;
  const root: OtlpSpan = {
    traceId,
    spanId: newSpanId(),
    ...(parentSpanId !== undefined && { parentSpanId }),
    name,
    kind: SERVER,
    ...interval(startMs, endMs),
    attributes: Object.entries({ 'http.response.status_code': status, ...notes }).map(([key, value]) =>
      attribute(key, value),
    ),
    status: status >= 500 ? { code: ERROR } : {},
  };
  const spans = [root];
  let fromMs = startMs;
  for (const [phase, field] of Object.entries(PHASES)) {
    const lasted = notes[field];
    if (typeof lasted !== 'number') continue;
    const toMs = fromMs + lasted * 1000;
    const place = { traceId, spanId: newSpanId(), parentSpanId: root.spanId };
    spans.push({ ...place, name: phase, kind: INTERNAL, ...interval(fromMs, toMs), attributes: [], status: {} });
    fromMs = toMs;
  }
  return spans;
}

function interval(startMs: number, endMs: number) {
  return { startTimeUnixNano: nanoseconds(startMs), endTimeUnixNano: nanoseconds(endMs) };
}

/** Beyond 2^53, so in two parts. */
function nanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms * 1000)) * 1000n}`;
}

function attribute(key: string, value: number | string) {
  if (typeof value === 'string') return { key, value: { stringValue: value } };
  return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } };
}
