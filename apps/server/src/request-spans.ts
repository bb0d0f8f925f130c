import { propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type HrTime } from '@opentelemetry/api';

export interface FinishedRequest {
  readonly name: string;
  readonly endMs: number;
  readonly seconds: number;
  readonly status: number;
  readonly notes: Readonly<Record<string, number | string>>;
}

/** The phases of a request follow each other in this order. */
const PHASES = { tokenize: 'tokenizeSeconds', queue: 'queueSeconds', compute: 'computeSeconds' };

/**
 * The request's span, under the one that its headers name, and one for each phase that it went through. They go to the SDK that was
 * started; without one, nowhere.
 */
export function traceRequest(request: FinishedRequest, headers: Readonly<Record<string, unknown>>): void {
  const { name, endMs, seconds, status, notes } = request;
  const tracer = trace.getTracer('qwen3-reranker');
  const startMs = endMs - seconds * 1000;
  const caller = propagation.extract(ROOT_CONTEXT, headers);
  const attributes = { 'http.response.status_code': status, ...notes };
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, startTime: timeOf(startMs), attributes }, caller);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  const within = trace.setSpan(caller, span);
  let fromMs = startMs;
  for (const [phase, field] of Object.entries(PHASES)) {
    const lasted = notes[field];
    if (typeof lasted !== 'number') continue;
    const toMs = fromMs + lasted * 1000;
    tracer.startSpan(phase, { startTime: timeOf(fromMs) }, within).end(timeOf(toMs));
    fromMs = toMs;
  }
  span.end(timeOf(endMs));
}

/** Seconds and nanoseconds: a plain number would be taken for one of this process's clock. */
function timeOf(ms: number): HrTime {
  const microseconds = Math.round(ms * 1000);
  return [Math.floor(microseconds / 1e6), (microseconds % 1e6) * 1000];
}
