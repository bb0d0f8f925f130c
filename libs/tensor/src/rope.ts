import type { Rope } from './tensor-ops.js';

/** How a checkpoint stretches its rotation over more positions than it was trained on. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      /** Positions of the training. */
      readonly originalPositions: number;
      /** Turns within these positions above which a pair keeps its frequency, and below which it is slowed by `factor`. */
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Whether the bounds between the two are whole pairs. */
      readonly truncate: boolean;
      /** What q and k are multiplied by, each. */
      readonly attentionFactor: number;
    };

/** Frequencies as transformers computes them (modeling_rope_utils.py, 5.23): theta^(-2i / headDim) where nothing is scaled. */
export function ropeOf(theta: number, headDim: number, scaling?: RopeScaling): Rope {
  const plain = Float32Array.from({ length: headDim / 2 }, (_, pair) => theta ** ((-2 * pair) / headDim));
  if (scaling === undefined) return { headDim, frequencies: plain };
  if (scaling.kind === 'linear') return { headDim, frequencies: plain.map((frequency) => frequency / scaling.factor) };
  const slowed = slowdown(theta, headDim, scaling);
  const frequencies = plain.map((frequency, pair) => {
    const part = slowed(pair);
    return (frequency / scaling.factor) * part + frequency * (1 - part);
  });
  return { headDim, frequencies };
}

/** YaRN: 0 for the pairs that turn often and keep their frequency, 1 for those that are slowed, a ramp between them. */
function slowdown(theta: number, headDim: number, scaling: RopeScaling & { kind: 'yarn' }): (pair: number) => number {
  const { originalPositions, betaFast, betaSlow, truncate } = scaling;
  const pairOf = (turns: number): number =>
    (headDim * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [fast, slow] = [pairOf(betaFast), pairOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const high = Math.min(truncate ? Math.ceil(slow) : slow, headDim - 1);
  const span = high === low ? 0.001 : high - low;
  return (pair) => Math.min(1, Math.max(0, (pair - low) / span));
}
