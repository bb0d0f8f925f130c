import { NO_TURNS, type ClassTurns, type PriorityClass } from '#libs/admission';

/** What planning asks of a request. */
export interface Plannable {
  readonly priorityClass: PriorityClass;
  /** Its documents share batches with those of no other request. */
  readonly alone?: boolean;
  /** Tokens of each document; the first one carries those of the query, which is computed with it. */
  readonly costs: readonly number[];
}

/** A request that has documents waiting, as the planner sees it. */
export interface WaitingRequest<Request extends Plannable> {
  readonly request: Request;
  /** Documents before this one are taken. */
  readonly next: number;
  /** Tokens the request may still take in its turn. */
  readonly deficit: number;
  /** True when a full batch interrupted the turn: it goes on where it was, without a new quantum. */
  readonly interrupted: boolean;
}

/** Who waits, in the order of the next turns within each class, and what the classes had. */
export interface WaitingLine<Request extends Plannable> {
  readonly requests: readonly WaitingRequest<Request>[];
  readonly turns: ClassTurns;
}

export const EMPTY_LINE: WaitingLine<never> = { requests: [], turns: NO_TURNS };

/** The line with a request more, the last one of its class. */
export function joined<Request extends Plannable>(line: WaitingLine<Request>, request: Request): WaitingLine<Request> {
  return { ...line, requests: [...line.requests, { request, next: 0, deficit: 0, interrupted: false }] };
}

export function left<Request extends Plannable>(line: WaitingLine<Request>, request: Request): WaitingLine<Request> {
  return { ...line, requests: line.requests.filter((waiting) => waiting.request !== request) };
}
