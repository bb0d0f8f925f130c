import { ModelError } from '../model-error.js';
import { shown } from '../shown.js';
import type { ScoreHead } from './reranker-description.js';

/** Names of the two labels, the one that a relevant document gets last. */
const PAIRS: readonly (readonly [negative: string, positive: string])[] = [
  ['no', 'yes'],
  ['false', 'true'],
  ['irrelevant', 'relevant'],
  ['not_relevant', 'relevant'],
  ['non_relevant', 'relevant'],
  ['negative', 'positive'],
  ['not_match', 'match'],
  ['0', '1'],
  // What transformers writes where the labels were not named: conversions of Qwen3-Reranker store [no, yes].
  ['label_0', 'label_1'],
];

/** Which row of a classifier speaks for a document. Throws ModelError on two labels whose names do not say it. */
export function labelsHead(labels: readonly string[], configFile: string): ScoreHead {
  if (labels.length === 1) return { kind: 'labels', positive: 0 };
  const names = labels.map((label) =>
    label
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/gu, '_'),
  );
  for (const [negative, positive] of PAIRS) {
    if (names[0] === negative && names[1] === positive) return { kind: 'labels', positive: 1, negative: 0 };
    if (names[0] === positive && names[1] === negative) return { kind: 'labels', positive: 0, negative: 1 };
  }
  throw new ModelError(
    `${configFile}: id2label must name the two labels such as no and yes, or irrelevant and relevant, got ${shown(labels)}; ` +
      'name them so, in the order of the rows, for their names alone say which one is the relevant one',
  );
}
