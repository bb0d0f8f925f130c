import { Admission, type Permit } from '#libs/admission';

const EMPTY_QUEUE = { waiting: [], maxQueuedTokens: Infinity, secondsFor: () => 1 };
const SILENT = { rejected: () => undefined, requestsChanged: () => undefined };

/** Of a request that was let in; ends with the signal. */
export function permitOf(signal?: AbortSignal): Permit {
  return new Admission(Infinity, () => EMPTY_QUEUE, SILENT).enter(0, 0, signal && { signal });
}
