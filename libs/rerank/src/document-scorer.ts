import { Inject, type FactoryProvider } from '@nestjs/common';
import type { AdmissionObserver } from '#libs/admission';
import { Batcher, type BatchObserver } from '#libs/batching';
import { BatchingConfig, LimitsConfig, ModelConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';
import { withCache, type ScoreCacheObserver } from './cached-scores.js';
import { ScoreCache } from './score-cache.js';

/** What metrics implements for admission, the batcher and the cache. */
export interface QueueObserver extends AdmissionObserver, BatchObserver, ScoreCacheObserver {
  /** A request ended before its work was done, for a reason that is not the request's. */
  gaveUp(reason: 'client_gone' | 'timeout'): void;
}

export const BATCH_OBSERVER = Symbol('BATCH_OBSERVER');

/** Scores the documents of requests that were let in: the batcher, where scores are kept with a cache in front. */
export type DocumentScorer = Pick<Batcher, 'submit'>;

const DOCUMENT_SCORER = Symbol('DOCUMENT_SCORER');
const MEBIBYTE = 2 ** 20;

export const InjectDocumentScorer = () => Inject(DOCUMENT_SCORER);

export const batcherProvider: FactoryProvider<Batcher> = {
  provide: Batcher,
  inject: [BatchingConfig, LimitsConfig, ModelService, BATCH_OBSERVER],
  useFactory: followingBatcher,
};

export const documentScorerProvider: FactoryProvider<DocumentScorer> = {
  provide: DOCUMENT_SCORER,
  inject: [BatchingConfig, ModelConfig, Batcher, BATCH_OBSERVER],
  useFactory: keepingScores,
};

/** The batcher of this server: has the engines that are ready. */
function followingBatcher(
  { BATCH_SIZE }: BatchingConfig,
  { MAX_QUEUED_TOKENS, MAX_QUEUE_SECONDS }: LimitsConfig,
  model: ModelService,
  observer: QueueObserver,
): Batcher {
  const options = {
    ...(BATCH_SIZE !== undefined && { maxBatchDocuments: BATCH_SIZE }),
    ...(MAX_QUEUED_TOKENS !== undefined && { maxQueuedTokens: MAX_QUEUED_TOKENS }),
    maxQueueSeconds: MAX_QUEUE_SECONDS,
    now: () => performance.now(),
    engines: model.engineCount,
  };
  const batcher = new Batcher(options, observer);
  model.events.on('ready', ({ information, scorer }, engine) => batcher.resume(scorer, information, engine));
  model.events.on('budget', ({ maxBatchTokens }, engine) => batcher.shrink(maxBatchTokens, engine));
  model.events.on('exited', (_event, engine) => batcher.pause(engine));
  return batcher;
}

function keepingScores(
  { SCORE_CACHE_MB }: BatchingConfig,
  { SERVED_MODEL_NAME, MODEL_NAME, MODEL_REVISION }: ModelConfig,
  batcher: Batcher,
  observer: QueueObserver,
): DocumentScorer {
  if (SCORE_CACHE_MB === 0) return batcher;
  const cache = new ScoreCache(SCORE_CACHE_MB * MEBIBYTE, [SERVED_MODEL_NAME, MODEL_NAME, MODEL_REVISION].join('@'));
  return {
    submit: (request, permit) =>
      withCache(cache, request, { score: (asked) => batcher.submit(asked, permit), observer }),
  };
}
