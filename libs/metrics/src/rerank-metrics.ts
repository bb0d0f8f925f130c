import { Injectable } from '@nestjs/common';
import type { RerankObserver, Totals } from '#libs/rerank';
import { Instruments } from './instruments.js';

/** Counts requests and answers. */
@Injectable()
export class RerankMetrics implements RerankObserver {
  constructor(private readonly instruments: Instruments) {}

  expectAnswers(dialects: readonly string[], statuses: readonly number[]): void {
    for (const dialect of dialects) {
      for (const status of statuses) this.instruments.requests.inc({ dialect, status: String(status) }, 0);
      this.instruments.requestSeconds.zero({ dialect });
    }
  }

  unwrapped(): void {
    this.instruments.unwrapped.inc();
  }

  answered({ dialect, status, seconds }: { dialect: string; status: number; seconds: number }, totals?: Totals): void {
    this.instruments.requests.inc({ dialect, status: String(status) });
    this.instruments.requestSeconds.observe({ dialect }, seconds);
    if (totals !== undefined) this.ranked(totals);
  }

  private ranked(totals: Totals): void {
    const { instruments } = this;
    instruments.documents.inc(totals.documents);
    instruments.requestDocuments.observe(totals.documents);
    instruments.truncations.inc(totals.truncatedDocuments);
    instruments.truncatedQueries.inc(totals.truncatedQueries);
    instruments.duplicates.inc(totals.duplicateDocuments);
    instruments.tokenizeSeconds.observe(totals.tokenizeSeconds);
    instruments.queueSeconds.observe({ class: String(totals.priorityClass) }, totals.queueSeconds);
    instruments.computeSeconds.observe(totals.computeSeconds);
  }
}
