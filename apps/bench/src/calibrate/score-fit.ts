/** A pair of query and document: the raw score of the model, and whether the document is relevant. */
export interface ScoredPair {
  readonly score: number;
  readonly relevant: boolean;
}

/** The probability is sigmoid(a · raw score + b). */
export interface ScoreFit {
  readonly a: number;
  readonly b: number;
}

export function probabilityOf(score: number, { a, b }: ScoreFit): number {
  return 1 / (1 + Math.exp(-a * score - b));
}

const MOST_STEPS = 100;
const CONVERGED = 1e-10;

/**
 * Platt's scaling: the a and b of greatest likelihood, by Newton's method, with his targets instead of 0 and 1, so that pairs that can
 * be told apart without a mistake do not drive them to infinity. Throws where that gives no a above 0: the order would be lost.
 */
export function fitScores(pairs: readonly ScoredPair[]): ScoreFit {
  const right = pairs.filter(({ relevant }) => relevant).length;
  const wrong = pairs.length - right;
  if (right === 0 || wrong === 0) throw new Error(`${right} relevant and ${wrong} other pairs: expected some of both`);
  const targets = pairs.map(({ relevant }) => (relevant ? (right + 1) / (right + 2) : 1 / (wrong + 2)));
  // Where nothing is known of the score but how many are relevant.
  let fit: ScoreFit = { a: 0, b: Math.log((right + 1) / (wrong + 1)) };
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = better(pairs, targets, fit);
    const moved = Math.abs(next.a - fit.a) + Math.abs(next.b - fit.b);
    fit = next;
    if (moved < CONVERGED) break;
  }
  if (fit.a > 0) return fit;
  throw new Error(`the scores of relevant pairs are not higher than those of the others (a = ${fit.a.toPrecision(3)})`);
}

/** One step of Newton, halved until it does not lose. */
function better(pairs: readonly ScoredPair[], targets: readonly number[], fit: ScoreFit): ScoreFit {
  const { slope, level, aa, ab, bb } = derivatives(pairs, targets, fit);
  const determinant = aa * bb - ab * ab;
  if (determinant <= 0) return fit;
  const step = { a: (bb * slope - ab * level) / determinant, b: (aa * level - ab * slope) / determinant };
  const now = lossOf(pairs, targets, fit);
  for (let part = 1; part > CONVERGED; part /= 2) {
    const next = { a: fit.a - part * step.a, b: fit.b - part * step.b };
    if (lossOf(pairs, targets, next) <= now) return next;
  }
  return fit;
}

function derivatives(pairs: readonly ScoredPair[], targets: readonly number[], fit: ScoreFit) {
  const sums = { slope: 0, level: 0, aa: 0, ab: 0, bb: 0 };
  pairs.forEach(({ score }, place) => {
    const probability = probabilityOf(score, fit);
    const error = probability - targets[place]!;
    const weight = probability * (1 - probability);
    sums.slope += error * score;
    sums.level += error;
    sums.aa += weight * score * score;
    sums.ab += weight * score;
    sums.bb += weight;
  });
  return sums;
}

/** Cross-entropy. */
function lossOf(pairs: readonly ScoredPair[], targets: readonly number[], { a, b }: ScoreFit): number {
  return pairs.reduce((sum, { score }, place) => {
    const logit = a * score + b;
    // log(1 + exp(x)) without overflow.
    return sum + Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - targets[place]! * logit;
  }, 0);
}
