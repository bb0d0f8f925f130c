import { sampleOf } from '#apps/workshop';
import type { Observation } from './observation.js';

/** What everybody did between two observations. Shares are of the time, 1 for all of it; event loops have a core each. */
export interface Occupation {
  readonly seconds: number;
  /** Part of the time that the engine spent in passes, by its own clock. Each counts whole when it ends: a little over 1 is no error. */
  readonly computing: number;
  readonly documentsPerSecond: number;
  /** Tokens that went through the model. */
  readonly tokensPerSecond: number;
  readonly batches: number;
  readonly tokensPerBatch: number;
  /** Mean of a batch's tokens per token of its budget. */
  readonly batchFill: number;
  readonly tokenizeMs: number;
  /** Processor time per second. */
  readonly serverCores: number;
  readonly serverEventLoop: number;
  /** How late timers of the server's event loop came, in milliseconds. */
  readonly serverLagP99Ms: number;
  readonly engineCores: number;
  readonly engineEventLoop: number;
  readonly generator: number;
}

export function occupationBetween(before: Observation, after: Observation): Occupation {
  const seconds = (after.atMs - before.atMs) / 1000;
  const grown = (name: string) => sampleOf(after.metrics, name) - sampleOf(before.metrics, name);
  const batches = grown('rerank_batch_tokens_count');
  return {
    seconds,
    computing: grown('rerank_batch_seconds_sum') / seconds,
    documentsPerSecond: grown('rerank_documents_total') / seconds,
    tokensPerSecond: grown('rerank_computed_tokens_total') / seconds,
    batches,
    tokensPerBatch: grown('rerank_batch_tokens_sum') / batches,
    batchFill: grown('rerank_batch_fill_ratio_sum') / batches,
    tokenizeMs: (1000 * grown('rerank_tokenize_seconds_sum')) / grown('rerank_tokenize_seconds_count'),
    serverCores: (after.server.allThreads - before.server.allThreads) / seconds,
    serverEventLoop: (after.server.eventLoop - before.server.eventLoop) / seconds,
    // Node starts its histogram anew at every scrape: this one is of the time between the two.
    serverLagP99Ms: 1000 * sampleOf(after.metrics, 'nodejs_eventloop_lag_p99_seconds'),
    engineCores: (after.engine.allThreads - before.engine.allThreads) / seconds,
    engineEventLoop: (after.engine.eventLoop - before.engine.eventLoop) / seconds,
    generator: (after.generatorSeconds - before.generatorSeconds) / seconds,
  };
}
