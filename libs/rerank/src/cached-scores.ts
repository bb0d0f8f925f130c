import type { RequestScores, ScoreRequest } from '#libs/batching';
import type { ScoreCache } from './score-cache.js';

export interface ScoreCacheObserver {
  scoresLookedUp(count: { readonly hits: number; readonly misses: number }): void;
}

/** Asks `score` only for documents whose score is not kept; with none left the engine is not asked at all. */
export async function withCache(
  cache: ScoreCache,
  { prefix, documents, ...rest }: ScoreRequest,
  { score, observer }: { score: (request: ScoreRequest) => Promise<RequestScores>; observer: ScoreCacheObserver },
): Promise<RequestScores> {
  const keys = cache.keysOf(rest.tail === undefined ? prefix : [...prefix, rest.tail], documents);
  const kept = keys.map((key) => cache.find(key));
  const missing = kept.flatMap((logit, index) => (logit === undefined ? [index] : []));
  observer.scoresLookedUp({ hits: keys.length - missing.length, misses: missing.length });
  const logits = Float32Array.from(kept, (logit) => logit ?? Number.NaN);
  if (missing.length === 0) return { logits, queueSeconds: 0, computeSeconds: 0 };
  const scores = await score({ ...rest, prefix, documents: missing.map((index) => documents[index]!) });
  missing.forEach((index, order) => {
    logits[index] = scores.logits[order]!;
    cache.add(keys[index]!, scores.logits[order]!);
  });
  return { ...scores, logits };
}
