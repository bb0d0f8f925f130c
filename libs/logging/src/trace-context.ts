import { randomBytes } from 'node:crypto';

/** A place in a trace, as W3C Trace Context writes it: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  readonly traceId: string;
  /** The caller's span; absent: the trace begins here. */
  readonly parentSpanId?: string;
  readonly sampled: boolean;
}

const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?<traceId>[0-9a-f]{32})-(?<parentSpanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(-|$)/u;
const ZEROS = /^0+$/u;

/** What a traceparent header says; a wrong or missing one begins a trace of its own, as the standard asks. */
export function traceContextOf(traceparent: string | undefined): TraceContext {
  const { traceId, parentSpanId, flags } = TRACEPARENT.exec(traceparent ?? '')?.groups ?? {};
  if (traceId === undefined || parentSpanId === undefined || ZEROS.test(traceId) || ZEROS.test(parentSpanId)) {
    return { traceId: randomBytes(16).toString('hex'), sampled: true };
  }
  return { traceId, parentSpanId, sampled: (Number.parseInt(flags!, 16) & 1) === 1 };
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}
