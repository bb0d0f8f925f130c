import { EventEmitter } from 'node:events';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { BatchScorer, BatchScores, SequenceBatch } from '#libs/batching';
import type { EngineError, EngineInformation, EngineLaunch, EngineUsage } from '#libs/engine';
import { inWords } from './in-words.js';
import { EngineUnit, type EngineListener } from './engine-unit.js';
import type { LifecycleState } from './lifecycle.js';
import type { ModelVerdict } from './model-verdict.js';
import { SERVED_MODEL, summaryOf, type ServedModel } from './served-model.js';
import { informationTogether, stateTogether, sumOf, usageTogether } from './together.js';

/** How to start each engine of the server. */
export const ENGINE_LAUNCHES = Symbol('ENGINE_LAUNCHES');

/** The number is the engine's. */
interface ModelEvents {
  ready: [EngineInformation, number];
  /** Memory was short: the most tokens in a batch from now on. */
  budget: [number, number];
  /** The engine died or is on its way up: no batch may be sent to it. */
  down: [number];
  /** An engine could not load the model at its first start: the server has not what was asked for. */
  unusable: [EngineError];
}

/** The façade over the engines: their state, what is running, and scoring. */
@Injectable()
export class ModelService implements BatchScorer, OnApplicationShutdown {
  readonly events = new EventEmitter<ModelEvents>();
  private readonly log = new Logger(ModelService.name);
  private readonly engines: readonly EngineUnit[];
  private found: ModelVerdict = { status: 'off' };

  constructor(
    @Inject(SERVED_MODEL) readonly model: ServedModel,
    @Inject(ENGINE_LAUNCHES) launches: readonly EngineLaunch[],
  ) {
    this.engines = launches.map(
      (launch, engine) => new EngineUnit(launch, this.listenTo(engine, launch.options.device)),
    );
  }

  get engineCount(): number {
    return this.engines.length;
  }

  get state(): LifecycleState {
    return stateTogether(this.engines.map(({ lifecycle }) => lifecycle.state));
  }

  /** An engine takes batches, or soon will again; also while the server drains. */
  get canScore(): boolean {
    return this.engines.some(({ lifecycle }) => lifecycle.canScore);
  }

  /** It could score at least once since the server started. */
  get hasStarted(): boolean {
    return this.engines.some(({ lifecycle }) => lifecycle.hasStarted);
  }

  /** Seconds after which an engine should be up. */
  get retryAfterSeconds(): number {
    return Math.min(...this.engines.map(({ retryAfterSeconds }) => retryAfterSeconds));
  }

  /** Part of the weights that is on the devices, 0 to 1. */
  get loaded(): number {
    return sumOf(this.engines, ({ loaded }) => loaded) / this.engines.length;
  }

  /** What is running; absent until an engine was ready once. */
  get information(): EngineInformation | undefined {
    return informationTogether(this.engines.flatMap(({ information }) => information ?? []));
  }

  get usage(): EngineUsage {
    return usageTogether(this.engines.map(({ usage }) => usage));
  }

  /** What the check of its ranking found. */
  get verdict(): ModelVerdict {
    return this.found;
  }

  judge(verdict: ModelVerdict): void {
    this.found = verdict;
    if (verdict.status === 'failed')
      this.log.error({ model: this.model.name }, `the model does not rank: ${verdict.reason}`);
    if (verdict.status === 'passed')
      this.log.log('check passed: the model puts the right document first in pairs whose order is certain');
  }

  get restarts(): number {
    return sumOf(this.engines, ({ restarts }) => restarts);
  }

  start(): void {
    const { name, folder, adapterFolder, reranker } = this.model;
    const adapted = adapterFolder === undefined ? '' : ` with the adapter in ${adapterFolder}`;
    const what = `a ${reranker.family} checkpoint in ${folder}${adapted}`;
    this.log.log({ reranker: summaryOf(this.model) }, `loading ${name}, ${what}`);
    for (const engine of this.engines) engine.start();
  }

  score(batch: SequenceBatch, engine: number): Promise<BatchScores> {
    return this.engines[engine]!.score(batch);
  }

  release(requestId: number, engine: number): void {
    this.engines[engine]!.release(requestId);
  }

  /** Not ready from now on; what was accepted is still answered. */
  drain(): void {
    for (const { lifecycle } of this.engines) lifecycle.drain();
    this.log.log('draining');
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.stop()));
  }

  /** Events that leave by number; log lines that name the device. */
  private listenTo(engine: number, device: string): EngineListener {
    const { log, events } = this;
    return {
      ready: (information) => {
        log.log({ engine: information }, `${this.model.name} is ready: ${inWords(information)}`);
        for (const reason of information.passedOver) log.log(`not used: ${reason}`);
        const { advice } = information.products ?? {};
        if (advice !== undefined) log.warn({ device }, advice);
        events.emit('ready', information, engine);
      },
      exited: (reason, restartMs) => {
        // A Ctrl-C reaches an engine that has just been started before it can ignore it.
        if (this.state === 'draining') log.log({ device, reason }, 'engine process ended while the server stops');
        else log.error({ device, reason, restartMs }, 'engine process ended, starting another');
        events.emit('down', engine);
      },
      unusable: (error) => {
        log.error({ device, code: error.code }, error.message);
        events.emit('unusable', error);
      },
      loadFailed: (error) => log.error({ device, code: error.code }, error.message),
      budget: (maxBatchTokens) => {
        log.warn({ device, maxBatchTokens }, 'out of memory: batches are smaller from now on');
        events.emit('budget', maxBatchTokens, engine);
      },
      silent: () => log.warn({ device }, 'no heartbeat from the engine process'),
      heardAgain: () => log.log({ device }, 'the engine process is heard again'),
    };
  }
}
