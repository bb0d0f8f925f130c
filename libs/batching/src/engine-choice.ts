/** An engine that may be sent a batch now. */
export interface DueEngine {
  readonly engine: number;
  /** Tokens of the batches that it has. */
  readonly tokensInFlight: number;
}

/** A set of engines, by number. */
export type Engines = Pick<ReadonlySet<number>, 'has' | 'size'>;

export interface EngineChoice<Request> {
  readonly engine: number;
  /** Whose documents may go into the batch, and who waits on; both in the order they had. */
  readonly served: readonly Request[];
  readonly others: readonly Request[];
}

/**
 * The engine that gets the next batch, and the requests it is made of. A request prefers the engines that hold its prefix; one
 * whose prefix no engine holds goes to the engine with the least to do. When all that wait have their prefix on busy engines, an idle
 * one computes it again: that costs a query, and waiting for a turn costs more.
 */
export function chooseEngine<Request extends { readonly requestId: number }>(
  due: readonly DueEngine[],
  waiting: readonly Request[],
  holdersOf: (requestId: number) => Engines,
): EngineChoice<Request> | undefined {
  const byLoad = due.toSorted((a, b) => a.tokensInFlight - b.tokensInFlight);
  const [idlest] = byLoad;
  if (idlest === undefined || waiting.length === 0) return undefined;
  for (const { engine } of byLoad) {
    const prefers = ({ requestId }: Request) => {
      const holders = holdersOf(requestId);
      return holders.size === 0 || holders.has(engine);
    };
    const served = waiting.filter(prefers);
    if (served.length > 0) return { engine, served, others: waiting.filter((request) => !prefers(request)) };
  }
  return { engine: idlest.engine, served: waiting, others: [] };
}
