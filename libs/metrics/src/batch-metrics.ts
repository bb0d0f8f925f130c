import { Injectable, Logger } from '@nestjs/common';
import type { PriorityClass } from '#libs/admission';
import type { FinishedBatch } from '#libs/batching';
import type { QueueObserver } from '#libs/rerank';
import { Instruments } from './instruments.js';

/** Counts batches and what waits for one, and names the requests of a batch that failed. */
@Injectable()
export class BatchMetrics implements QueueObserver {
  private readonly log = new Logger('Batcher');

  constructor(private readonly instruments: Instruments) {}

  batchFinished(batch: FinishedBatch): void {
    const { instruments } = this;
    instruments.batchTokens.observe(batch.tokens);
    instruments.batchFill.observe(batch.tokens / batch.tokenBudget);
    instruments.batchDocuments.observe(batch.documents);
    instruments.batchSeconds.observe(batch.seconds);
    instruments.computedTokens.inc(batch.computedTokens);
    instruments.sharedTokens.inc(batch.sharedTokens);
  }

  batchFailed({ requests, error }: { requests: readonly string[]; error: unknown }): void {
    this.instruments.batchFailures.inc();
    this.log.error({ requests, err: error }, 'a batch failed');
  }

  batchInterrupted(): void {
    this.instruments.batchRetries.inc();
  }

  scoresLookedUp({ hits, misses }: { hits: number; misses: number }): void {
    this.instruments.scoreCacheHits.inc(hits);
    this.instruments.scoreCacheMisses.inc(misses);
  }

  queueChanged({ tokens, drainSeconds }: { tokens: number; drainSeconds: number }): void {
    this.instruments.queuedTokens.set(tokens);
    this.instruments.queueDrainSeconds.set(drainSeconds);
  }

  requestsChanged(requests: number): void {
    this.instruments.activeRequests.set(requests);
  }

  rejected(reason: string, priorityClass: PriorityClass): void {
    this.instruments.rejections.inc({ reason, class: String(priorityClass) });
  }

  gaveUp(reason: 'client_gone' | 'timeout'): void {
    (reason === 'timeout' ? this.instruments.timeouts : this.instruments.disconnects).inc();
  }

  cancelled(): void {
    this.instruments.cancellations.inc();
  }
}
