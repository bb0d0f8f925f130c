import { FairTurns, PRIORITY_CLASSES, QUANTUM_TOKENS, type PriorityClass } from '#libs/admission';
import type { Share } from './batch.js';
import type { Plannable, WaitingLine, WaitingRequest } from './waiting-line.js';

export interface BatchLimits {
  /** Most tokens in a batch; a longer document runs alone. */
  readonly tokens: number;
  /** Most documents in a batch. */
  readonly documents: number;
}

export interface BatchPlan<Request extends Plannable> {
  readonly shares: readonly Share<Request>[];
  /** Who waits afterwards; requests without documents left are gone. */
  readonly line: WaitingLine<Request>;
}

/** Of the lowest class: what a higher one that was quiet may make up for. A hundred documents of a page fit into eight of its own. */
const LEAD_BATCHES = 2;

/**
 * Deficit round robin in tokens (Shreedhar and Varghese, 1995) between the requests of a class; classes take turns by their weights. A
 * request's turn brings a quantum, and it takes documents as long as its tokens last. Three documents never wait for another request's
 * thousand.
 */
export function planBatch<Request extends Plannable>(
  { requests, turns }: WaitingLine<Request>,
  limits: BatchLimits,
): BatchPlan<Request> {
  const batch = new Filling<Request>(limits);
  const classes = new FairTurns({ round: QUANTUM_TOKENS, lead: LEAD_BATCHES * limits.tokens }, turns);
  const rings = PRIORITY_CLASSES.map((each) => requests.filter(({ request }) => request.priorityClass === each));
  const waits = (priorityClass: PriorityClass) => rings[priorityClass]!.length > 0;
  let highest: PriorityClass = 2;
  while (!batch.full) {
    const next = classes.next(waits);
    // Who is urgent does not wait for documents of a lower class that only fill up the batch.
    if (next === undefined || (next > highest && !waits(highest))) break;
    highest = Math.min(highest, next) as PriorityClass;
    const ring = rings[next]!;
    if (batch.isClosedTo(ring[0]!.request)) break;
    const before = batch.tokens;
    const after = batch.turn(ring.shift()!);
    classes.took(next, batch.tokens - before);
    if (after.next === after.request.costs.length) continue;
    if (batch.full || after.request.alone) ring.unshift(after);
    else ring.push(after);
  }
  classes.settle(waits);
  return { shares: batch.shares, line: { requests: rings.flat(), turns: classes.turns } };
}

/** One batch in the making. */
class Filling<Request extends Plannable> {
  full = false;
  tokens = 0;
  private readonly taken = new Map<Request, Share<Request>>();
  private documents = 0;

  constructor(private readonly limits: BatchLimits) {}

  turn(waiting: WaitingRequest<Request>): WaitingRequest<Request> {
    const { request, interrupted } = waiting;
    const { costs } = request;
    let { next } = waiting;
    let deficit = interrupted ? waiting.deficit : waiting.deficit + QUANTUM_TOKENS;
    while (next < costs.length && costs[next]! <= deficit) {
      const cost = costs[next]!;
      if (!this.fits(cost)) {
        this.full = true;
        break;
      }
      this.take(request, next, cost);
      deficit -= cost;
      next += 1;
    }
    return { request, next, deficit, interrupted: this.full };
  }

  /** What is computed together decides on the last digits of a score: who is alone has the same ones whatever else waits. */
  isClosedTo(request: Request): boolean {
    const [first] = this.taken.keys();
    return first !== undefined && first !== request && Boolean(first.alone || request.alone);
  }

  get shares(): readonly Share<Request>[] {
    return [...this.taken.values()];
  }

  private fits(cost: number): boolean {
    if (this.documents === 0) return true;
    return this.tokens + cost <= this.limits.tokens && this.documents < this.limits.documents;
  }

  private take(request: Request, document: number, cost: number): void {
    const { from, tokens } = this.taken.get(request) ?? { from: document, tokens: 0 };
    this.taken.set(request, { request, from, to: document + 1, tokens: tokens + cost });
    this.tokens += cost;
    this.documents += 1;
  }
}
