import { Injectable } from '@nestjs/common';
import type { Ranking, RerankObserver } from '#libs/rerank';
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

  ranked(ranking: Ranking): void {
    const { instruments } = this;
    instruments.documents.inc(ranking.documents);
    instruments.requestDocuments.observe(ranking.documents);
    instruments.truncations.inc(ranking.truncatedDocuments);
    instruments.truncatedQueries.inc(Number(ranking.queryTruncated));
    instruments.duplicates.inc(ranking.duplicateDocuments);
    instruments.tokenizeSeconds.observe(ranking.timing.tokenizeSeconds);
    instruments.queueSeconds.observe({ class: String(ranking.priorityClass) }, ranking.timing.queueSeconds);
    instruments.computeSeconds.observe(ranking.timing.computeSeconds);
  }

  unwrapped(): void {
    this.instruments.unwrapped.inc();
  }

  gaveUp(reason: 'client_gone' | 'timeout'): void {
    (reason === 'timeout' ? this.instruments.timeouts : this.instruments.disconnects).inc();
  }

  answered({ dialect, status, seconds }: { dialect: string; status: number; seconds: number }): void {
    this.instruments.requests.inc({ dialect, status: String(status) });
    this.instruments.requestSeconds.observe({ dialect }, seconds);
  }
}
