import type { KeyValues, SegmentLayout } from '#libs/tensor';

/** A loaded model that scores documents; the engine knows no more of a model than this. */
export interface RerankerModel {
  /**
   * One forward pass. Answers the raw score d = logit(yes) − logit(no) of each scored segment, in order: [B] float32.
   * P(yes) = sigmoid(d).
   */
  score(layout: SegmentLayout): Promise<Float32Array>;

  /** Room for the keys and values of a segment of `tokens` tokens. */
  keyValues(tokens: number): KeyValues;
}
