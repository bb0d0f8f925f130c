import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Admission, type AdmissionObserver, type Permit, type PriorityClass } from '#libs/admission';
import { Batcher, type BatchObserver, type RequestScores, type ScoreRequest } from '#libs/batching';
import { AppConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';
import { withCache, type ScoreCacheObserver } from './cached-scores.js';
import { ModelNotReadyError } from './rerank-errors.js';
import { ScoreCache } from './score-cache.js';

/** What metrics implements for the door, the batcher and the cache. */
export type QueueObserver = AdmissionObserver & BatchObserver & ScoreCacheObserver;

const MEBIBYTE = 2 ** 20;

export const BATCH_OBSERVER = Symbol('BATCH_OBSERVER');

/** The door and the batcher of this server: follow the engine's state, and are drained before the engine is stopped. */
@Injectable()
export class DynamicBatcher implements BeforeApplicationShutdown {
  private readonly batcher: Batcher;
  private readonly admission: Admission;
  private readonly cache: ScoreCache | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly model: ModelService,
    @Inject(BATCH_OBSERVER) private readonly observer: QueueObserver,
  ) {
    const bytes = config.SCORE_CACHE_MB * MEBIBYTE;
    if (bytes > 0)
      this.cache = new ScoreCache(
        bytes,
        [config.SERVED_MODEL_NAME, config.MODEL_NAME, config.MODEL_REVISION].join('@'),
      );
    const options = {
      ...(config.BATCH_SIZE !== undefined && { maxBatchDocuments: config.BATCH_SIZE }),
      ...(config.MAX_QUEUED_TOKENS !== undefined && { maxQueuedTokens: config.MAX_QUEUED_TOKENS }),
      maxQueueSeconds: config.MAX_QUEUE_SECONDS,
      now: () => performance.now(),
      engines: model.engineCount,
    };
    this.batcher = new Batcher(model, options, observer);
    this.admission = new Admission(config.MAX_CONCURRENT_REQUESTS, () => this.batcher.queue, observer);
    model.events.on('ready', (information, engine) => this.batcher.resume(information, engine));
    model.events.on('budget', (maxBatchTokens, engine) => this.batcher.shrink(maxBatchTokens, engine));
    model.events.on('down', (engine) => this.batcher.pause(engine));
  }

  /** Throws when there is no engine, or no room for a request of the class. */
  requireRoom(priorityClass: PriorityClass): void {
    this.requireEngine(priorityClass);
    this.admission.requireRoom(0, priorityClass);
  }

  /** Before any work for a request of about this many tokens; ends with its caller, or its time. Throws what `requireRoom` throws. */
  enter(expectedTokens: number, priorityClass: PriorityClass, signal: AbortSignal): Permit {
    this.requireEngine(priorityClass);
    const timeoutMs = this.config.REQUEST_TIMEOUT * 1000;
    return this.admission.enter(expectedTokens, priorityClass, { signal, timeoutMs });
  }

  /** For the server's own work. */
  forServer(): Permit {
    return this.admission.forServer();
  }

  submit(request: ScoreRequest, permit: Permit): Promise<RequestScores> {
    const score = (asked: ScoreRequest) => this.batcher.submit(asked, permit);
    return this.cache === undefined
      ? score(request)
      : withCache(this.cache, request, { score, observer: this.observer });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.admission.drain();
  }

  private requireEngine(priorityClass: PriorityClass): void {
    if (!this.model.canScore) {
      this.observer.rejected('model_not_ready', priorityClass);
      throw new ModelNotReadyError(this.model.stateInWords, this.model.retryAfterSeconds);
    }
  }
}
