import { Injectable } from '@nestjs/common';
import type { BatchObserver, FinishedBatch } from '#libs/batching';
import { Instruments } from './instruments.js';

/** Counts batches and what waits for one. */
@Injectable()
export class BatchMetrics implements BatchObserver {
  constructor(private readonly instruments: Instruments) {}

  batchFinished(batch: FinishedBatch): void {
    const { instruments } = this;
    instruments.batchTokens.observe(batch.tokens);
    instruments.batchDocuments.observe(batch.documents);
    instruments.batchSeconds.observe(batch.seconds);
    instruments.computedTokens.inc(batch.computedTokens);
    instruments.sharedTokens.inc(batch.sharedTokens);
  }

  batchFailed(): void {
    this.instruments.batchFailures.inc();
  }

  queueChanged({ tokens, requests }: { tokens: number; requests: number }): void {
    this.instruments.queuedTokens.set(tokens);
    this.instruments.activeRequests.set(requests);
  }

  rejected(reason: string): void {
    this.instruments.rejections.inc({ reason });
  }

  cancelled(): void {
    this.instruments.cancellations.inc();
  }
}
