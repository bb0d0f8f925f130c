import { mean } from '#apps/workshop';

/** The probability that was answered for a pair, and whether its document is relevant. */
export interface JudgedPair {
  readonly said: number;
  readonly relevant: boolean;
}

/** Pairs with neighbouring probabilities: what was said of them on average, and how many of them are relevant. */
export interface Bin {
  readonly said: number;
  readonly seen: number;
  readonly pairs: number;
}

/** Bins of as many pairs each: with bins of equal width most would be empty where few documents are relevant. */
export function reliability(pairs: readonly JudgedPair[], bins = 15): Bin[] {
  const sorted = pairs.toSorted((one, other) => one.said - other.said);
  const bounds = Array.from({ length: bins + 1 }, (_, bin) => Math.floor((bin * sorted.length) / bins));
  return bounds.slice(1).flatMap((end, bin) => {
    const part = sorted.slice(bounds[bin], end);
    return part.length === 0 ? [] : [binOf(part)];
  });
}

function binOf(part: readonly JudgedPair[]): Bin {
  return {
    said: mean(part.map(({ said }) => said)),
    seen: mean(part.map(({ relevant }) => Number(relevant))),
    pairs: part.length,
  };
}

/** Expected calibration error: how far what is said is from what is seen, on average over the pairs. */
export function calibrationError(bins: readonly Bin[]): number {
  const all = bins.reduce((sum, { pairs }) => sum + pairs, 0);
  return bins.reduce((sum, { said, seen, pairs }) => sum + (pairs / all) * Math.abs(said - seen), 0);
}

/** Mean squared difference between probability and truth. */
export function brierScore(pairs: readonly JudgedPair[]): number {
  return mean(pairs.map(({ said, relevant }) => (said - Number(relevant)) ** 2));
}
