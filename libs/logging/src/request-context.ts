import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of one HTTP request, wherever in its handling. */
export interface RequestContext {
  readonly id: string;
  /** W3C trace context as it came in. */
  readonly traceparent?: string;
  /** Fields for the request's one log line: numbers and names, never text of a query or a document. */
  notes: Readonly<Record<string, number | string>>;
}

const storage = new AsyncLocalStorage<RequestContext>();
/** By the raw request: when its answer has left, the asynchronous context is another one. */
const contexts = new WeakMap<object, RequestContext>();

/** Runs what follows in the context of a request. */
export function enterRequest(request: object, known: Omit<RequestContext, 'notes'>, next: () => void): void {
  const context: RequestContext = { ...known, notes: {} };
  contexts.set(request, context);
  storage.run(context, next);
}

/** The request that is being handled here; none in a job of the server's own. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

export function contextOf(request: object): RequestContext | undefined {
  return contexts.get(request);
}

/** Adds fields to the log line of the request that is being handled here. */
export function note(fields: RequestContext['notes']): void {
  const context = currentRequest();
  if (context !== undefined) context.notes = { ...context.notes, ...fields };
}
