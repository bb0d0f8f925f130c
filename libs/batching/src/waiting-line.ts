import { NO_TURNS, type ClassTurns, type PriorityClass } from '#libs/admission';

/** A request that has documents waiting, as the planner sees it. */
export interface WaitingRequest {
  readonly requestId: number;
  readonly priorityClass: PriorityClass;
  /** Tokens of each document; the first one carries those of the query, which is computed with it. */
  readonly costs: readonly number[];
  /** Documents before this one are taken. */
  readonly next: number;
  /** Tokens the request may still take in its turn. */
  readonly deficit: number;
  /** True when a full batch interrupted the turn: it goes on where it was, without a new quantum. */
  readonly interrupted: boolean;
}

/** Who waits, in the order of the next turns within each class, and what the classes had. */
export interface WaitingLine {
  readonly requests: readonly WaitingRequest[];
  readonly turns: ClassTurns;
}

export const EMPTY_LINE: WaitingLine = { requests: [], turns: NO_TURNS };

type Arrival = Pick<WaitingRequest, 'requestId' | 'priorityClass' | 'costs'>;

/** The line with a request more, the last one of its class. */
export function joined(line: WaitingLine, { requestId, priorityClass, costs }: Arrival): WaitingLine {
  const request = { requestId, priorityClass, costs, next: 0, deficit: 0, interrupted: false };
  return { ...line, requests: [...line.requests, request] };
}

export function left(line: WaitingLine, requestId: number): WaitingLine {
  return { ...line, requests: line.requests.filter((request) => request.requestId !== requestId) };
}
