/** An engine that may be sent a batch now. */
export interface DueEngine {
  readonly engine: number;
  /** Tokens of the batches that it has. */
  readonly tokensInFlight: number;
}

/** A set of engines, by number. */
export type Engines = Pick<ReadonlySet<number>, 'has' | 'size'>;

/** A request that waits, or a share of one. */
interface Waiting {
  readonly request: { readonly engines: Engines };
}

export interface EngineChoice<Each extends Waiting> {
  readonly engine: number;
  /** Whose documents may go into the batch, and who waits on; both in the order they had. */
  readonly served: readonly Each[];
  readonly others: readonly Each[];
}

/**
 * The engine that gets the next batch, and the requests it is made of. A request prefers the engines that hold its prefix; one
 * whose prefix no engine holds goes to the engine with the least to do. When all that wait have their prefix on busy engines, an idle
 * one computes it again: that costs a query, and waiting for a turn costs more.
 */
export function chooseEngine<Each extends Waiting>(
  due: readonly DueEngine[],
  waiting: readonly Each[],
): EngineChoice<Each> | undefined {
  const byLoad = due.toSorted((a, b) => a.tokensInFlight - b.tokensInFlight);
  const [idlest] = byLoad;
  if (idlest === undefined || waiting.length === 0) return undefined;
  for (const { engine } of byLoad) {
    const prefers = ({ request: { engines } }: Each) => engines.size === 0 || engines.has(engine);
    const served = waiting.filter(prefers);
    if (served.length > 0) return { engine, served, others: waiting.filter((each) => !prefers(each)) };
  }
  return { engine: idlest.engine, served: waiting, others: [] };
}
