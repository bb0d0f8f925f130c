/** A request that has documents waiting, as the planner sees it. */
export interface WaitingRequest {
  readonly requestId: number;
  /** Tokens of each document; the first one carries those of the query, which is computed with it. */
  readonly costs: readonly number[];
  /** Documents before this one are taken. */
  readonly next: number;
  /** Tokens the request may still take in its turn. */
  readonly deficit: number;
  /** True when a full batch interrupted the turn: it goes on where it was, without a new quantum. */
  readonly interrupted: boolean;
}

export interface BatchLimits {
  /** Most tokens in a batch; a longer document runs alone. */
  readonly tokens: number;
  /** Most documents in a batch. */
  readonly documents: number;
}

/** Documents [from, to) of a request. */
export interface PlannedShare {
  readonly requestId: number;
  readonly from: number;
  readonly to: number;
  /** What these documents cost, as the planner counts. */
  readonly tokens: number;
}

export interface BatchPlan {
  readonly shares: readonly PlannedShare[];
  readonly tokens: number;
  /** Who waits afterwards, in the order of the next turns; requests without documents left are gone. */
  readonly waiting: readonly WaitingRequest[];
}

/** Tokens a request may take per turn: about what a small request needs, so that it is served whole in its first turn. */
export const QUANTUM_TOKENS = 512;

/**
 * Deficit round robin in tokens (Shreedhar and Varghese, 1995): requests take turns, each turn brings a quantum, and a
 * request takes documents as long as its tokens last. Three documents never wait for another request's thousand.
 */
export function planBatch(waiting: readonly WaitingRequest[], limits: BatchLimits): BatchPlan {
  const round = new Round(limits);
  const ring = [...waiting];
  for (let request = ring.shift(); request !== undefined; request = ring.shift()) {
    const after = round.turn(request);
    if (round.full) return round.plan([after, ...ring]);
    if (after.next < after.costs.length) ring.push(after);
  }
  return round.plan([]);
}

/** One batch in the making. */
class Round {
  full = false;
  private readonly taken = new Map<number, PlannedShare>();
  private tokens = 0;
  private documents = 0;

  constructor(private readonly limits: BatchLimits) {}

  turn(request: WaitingRequest): WaitingRequest {
    const { requestId, costs } = request;
    let { next } = request;
    let deficit = request.interrupted ? request.deficit : request.deficit + QUANTUM_TOKENS;
    while (next < costs.length && costs[next]! <= deficit) {
      const cost = costs[next]!;
      if (!this.fits(cost)) {
        this.full = true;
        break;
      }
      this.take(requestId, next, cost);
      deficit -= cost;
      next += 1;
    }
    return { ...request, next, deficit, interrupted: this.full };
  }

  plan(waiting: readonly WaitingRequest[]): BatchPlan {
    return { shares: [...this.taken.values()], tokens: this.tokens, waiting };
  }

  private fits(cost: number): boolean {
    if (this.documents === 0) return true;
    return this.tokens + cost <= this.limits.tokens && this.documents < this.limits.documents;
  }

  private take(requestId: number, document: number, cost: number): void {
    const { from, tokens } = this.taken.get(requestId) ?? { from: document, tokens: 0 };
    this.taken.set(requestId, { requestId, from, to: document + 1, tokens: tokens + cost });
    this.tokens += cost;
    this.documents += 1;
  }
}
