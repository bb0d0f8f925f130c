import type { StoredTensor } from '#libs/tensor';
import { inMemory, scaled } from './derived-tensors.js';
import type { Qwen3Shape } from './qwen3-shape.js';

// An RMS norm that changes nothing: with an eps this far above any mean square, a head is divided by 2^30 and multiplied
// by 2^30, both exactly. Qwen2, which norms no heads, needs no operation of its own this way.
const NO_NORM_EPS = 2 ** 60;
const NO_NORM_WEIGHT = 2 ** 30;

/** The eps that the heads of q and k are normed with. */
export function headNormEps({ isQwen2, rmsNormEps }: Qwen3Shape): number {
  return isQwen2 === true ? NO_NORM_EPS : rmsNormEps;
}

/** The norm weight [headDim] of q or k. YaRN multiplies cosines and sines by a factor, which is the same as the heads by it. */
export function headNorm({ isQwen2, headDim, ropeScaling }: Qwen3Shape, stored: () => StoredTensor): StoredTensor {
  const factor = ropeScaling?.kind === 'yarn' ? ropeScaling.attentionFactor : 1;
  if (isQwen2 === true) return inMemory('no_norm', [headDim], new Float32Array(headDim).fill(NO_NORM_WEIGHT * factor));
  return factor === 1 ? stored() : scaled(stored(), factor);
}
