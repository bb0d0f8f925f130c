import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Admission, classOf, type Permit, type PriorityClass } from '#libs/admission';
import { Batcher } from '#libs/batching';
import { LimitsConfig } from '#libs/config';
import { ModelNotReadyError, ModelService } from '#libs/model-service';
import { BATCH_OBSERVER, type QueueObserver } from './document-scorer.js';
import { mostExpectedTokens } from './expected-tokens.js';
import { toRerankError } from './to-rerank-error.js';

/** What is let in at once: what it is expected to add to the queue, and its class. */
export interface Work {
  readonly expectedTokens: number;
  readonly priorityClass: PriorityClass;
}

/** Lets work in while there is an engine and room for it; drained before the engines are stopped. */
@Injectable()
export class WorkAdmission implements BeforeApplicationShutdown {
  private readonly admission: Admission;

  constructor(
    private readonly limits: LimitsConfig,
    private readonly model: ModelService,
    batcher: Batcher,
    @Inject(BATCH_OBSERVER) private readonly observer: QueueObserver,
  ) {
    this.admission = new Admission(limits.MAX_CONCURRENT_REQUESTS, () => batcher.queue, observer);
    batcher.foresee(() => this.admission.coming);
  }

  /**
   * Refuses, before a body is read, what would only wait, whatever priority from `bestPriority` on it asks for: throws a
   * ModelNotReadyError or a NotAdmittedError where there is no engine or no room. A body counts as if all of it were text; 0: its size is not known.
   */
  requireRoom(bodyBytes: number, bestPriority = 0): void {
    const priorityClass = classOf(bestPriority);
    this.requireEngine(priorityClass);
    this.admission.requireRoom(mostExpectedTokens(bodyBytes), priorityClass);
  }

  /**
   * Does work under a permit, until it is done, its time is over or the caller gives up. Rejects with what `requireRoom` throws,
   * with a RerankError, or with the signal's reason when the caller gave up.
   */
  async admitted<Result>(
    { expectedTokens, priorityClass }: Work,
    signal: AbortSignal,
    work: (permit: Permit) => Promise<Result>,
  ): Promise<Result> {
    let permit: Permit | undefined;
    try {
      this.requireEngine(priorityClass);
      const timeoutMs = this.limits.REQUEST_TIMEOUT * 1000;
      permit = this.admission.enter(expectedTokens, priorityClass, { signal, timeoutMs });
      return await work(permit);
    } catch (error) {
      if (permit?.gaveUp !== undefined) this.observer.gaveUp(permit.gaveUp);
      permit?.leave(error); // The other queries are not wanted any more.
      throw toRerankError(error, this.limits.REQUEST_TIMEOUT);
    } finally {
      permit?.leave();
    }
  }

  /** For the server's own work. */
  forServer(): Permit {
    return this.admission.forServer();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.admission.drain();
  }

  private requireEngine(priorityClass: PriorityClass): void {
    if (this.model.canScore) return;
    this.observer.rejected('model_not_ready', priorityClass);
    throw new ModelNotReadyError(this.model.stateInWords, this.model.retryAfterSeconds);
  }
}
