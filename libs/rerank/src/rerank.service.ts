import { Inject, Injectable } from '@nestjs/common';
import { AppConfig } from '#libs/config';
import { DynamicBatcher } from './dynamic-batcher.js';
import { PromptAssembler } from './prompt-assembler.js';
import { publicError } from './public-error.js';
import { rank, uniqueDocuments } from './ranking.js';
import { InvalidRequestError } from './rerank-errors.js';
import { RERANK_OBSERVER, type RerankObserver } from './rerank-observer.js';
import type { Ranking, RerankRequest } from './rerank-request.js';

/** The use case: prompts, tokens, scores, order. Knows no dialect and no HTTP. */
@Injectable()
export class RerankService {
  constructor(
    private readonly config: AppConfig,
    private readonly prompts: PromptAssembler,
    private readonly batcher: DynamicBatcher,
    @Inject(RERANK_OBSERVER) private readonly observer: RerankObserver,
  ) {}

  /** Rejects with a RerankError, or with the signal's reason when the caller gave up. */
  async rerank(request: RerankRequest, signal: AbortSignal): Promise<Ranking> {
    this.batcher.requireReady();
    this.requireWithinLimits(request);
    const timeoutSeconds = this.config.REQUEST_TIMEOUT;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
    try {
      const ranking = await this.score(request, deadline);
      this.observer.ranked(ranking);
      return ranking;
    } catch (error) {
      throw publicError(error, timeoutSeconds);
    }
  }

  private async score(request: RerankRequest, signal: AbortSignal): Promise<Ranking> {
    const startedMs = performance.now();
    const { texts, placeOf } = uniqueDocuments(request.documents);
    const { prefix, documents } = await this.prompts.assemble({ ...request, documents: texts }, signal);
    const tokenizeSeconds = (performance.now() - startedMs) / 1000;
    const scores = await this.batcher.submit({ prefix, documents: documents.map(({ ids }) => ids) }, signal);
    const prefixTokens = prefix.reduce((tokens, ids) => tokens + ids.length, 0);
    const scored = placeOf.map((place, index) => ({
      index,
      rawScore: scores.logits[place]!,
      tokenCount: prefixTokens + documents[place]!.ids.length,
      truncated: documents[place]!.truncated,
    }));
    return {
      ranked: rank(scored, request.topN),
      documents: request.documents.length,
      duplicateDocuments: placeOf.length - texts.length,
      truncatedDocuments: scored.filter(({ truncated }) => truncated).length,
      promptTokens: scored.reduce((tokens, { tokenCount }) => tokens + tokenCount, 0),
      prefixTokens,
      uniqueTokens: documents.reduce((tokens, { ids }) => tokens + ids.length, prefixTokens),
      timing: { tokenizeSeconds, queueSeconds: scores.queueSeconds, computeSeconds: scores.computeSeconds },
    };
  }

  private requireWithinLimits({ documents }: RerankRequest): void {
    const most = this.config.MAX_DOCUMENTS;
    if (documents.length <= most) return;
    throw new InvalidRequestError(
      'documents',
      `documents must hold at most ${most} documents, got ${documents.length}`,
    );
  }
}
