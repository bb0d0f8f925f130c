import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Batcher, type BatchObserver, type RequestScores, type ScoreRequest } from '#libs/batching';
import { AppConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';
import { ModelNotReadyError } from './rerank-errors.js';

export const BATCH_OBSERVER = Symbol('BATCH_OBSERVER');

/** The batcher of this server: follows the engine's state, and is drained before the engine is stopped. */
@Injectable()
export class DynamicBatcher implements BeforeApplicationShutdown {
  private readonly batcher: Batcher;

  constructor(
    config: AppConfig,
    private readonly model: ModelService,
    @Inject(BATCH_OBSERVER) observer: BatchObserver,
  ) {
    const options = {
      ...(config.BATCH_SIZE !== undefined && { maxBatchDocuments: config.BATCH_SIZE }),
      ...(config.MAX_QUEUED_TOKENS !== undefined && { maxQueuedTokens: config.MAX_QUEUED_TOKENS }),
      maxConcurrentRequests: config.MAX_CONCURRENT_REQUESTS,
      maxQueueSeconds: config.REQUEST_TIMEOUT,
      now: () => performance.now(),
    };
    this.batcher = new Batcher(model, options, observer);
    model.events.on('ready', (information) => this.batcher.resume(information));
    model.events.on('down', () => this.batcher.pause());
  }

  requireReady(): void {
    if (this.model.state !== 'ready') throw new ModelNotReadyError(this.model.state);
  }

  submit(request: ScoreRequest, signal: AbortSignal): Promise<RequestScores> {
    return this.batcher.submit(request, signal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.batcher.drain();
  }
}
