import { LIFECYCLE_STATES, type EngineInformation, type EngineUsage, type LifecycleState } from '#libs/engine-host';

/** Most able first: a server with one ready engine is ready. */
const BY_ABILITY: readonly LifecycleState[] = ['ready', 'unresponsive', 'warming', 'loading', 'starting', 'failed'];

/** What the server says of itself when its engines say this. */
export function stateTogether(states: readonly LifecycleState[]): LifecycleState {
  return [...BY_ABILITY, ...LIFECYCLE_STATES].find((state) => states.includes(state))!;
}

/** What is running, of the engines that are ready; absent while none is. */
export function informationTogether(engines: readonly EngineInformation[]): EngineInformation | undefined {
  const [first, ...others] = engines;
  if (first === undefined || others.length === 0) return first;
  return {
    ...first,
    device: engines.map(({ device }) => device).join(', '),
    threads: sumOf(engines, ({ threads }) => threads),
    passedOver: [...new Set(engines.flatMap(({ passedOver }) => passedOver))],
    tokensPerSecond: sumOf(engines, ({ tokensPerSecond }) => tokensPerSecond),
    maxBatchTokens: Math.max(...engines.map(({ maxBatchTokens }) => maxBatchTokens)),
    loadSeconds: Math.max(...engines.map(({ loadSeconds }) => loadSeconds)),
  };
}

export function usageTogether(engines: readonly EngineUsage[]): EngineUsage {
  return {
    prefixHits: sumOf(engines, ({ prefixHits }) => prefixHits),
    prefixMisses: sumOf(engines, ({ prefixMisses }) => prefixMisses),
    prefixEvictions: sumOf(engines, ({ prefixEvictions }) => prefixEvictions),
    prefixBytes: sumOf(engines, ({ prefixBytes }) => prefixBytes),
    deviceBytes: sumOf(engines, ({ deviceBytes }) => deviceBytes),
  };
}

export function sumOf<Item>(items: readonly Item[], figure: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + figure(item), 0);
}
