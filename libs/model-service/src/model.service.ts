import { EventEmitter } from 'node:events';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { BatchScorer, BatchScores, SequenceBatch } from '#libs/batching';
import {
  EngineError,
  EngineSupervisor,
  type EngineInformation,
  type EngineLaunch,
  type EngineUsage,
  type SupervisorEvents,
} from '#libs/engine';
import { Lifecycle, type LifecycleState } from './lifecycle.js';
import { SERVED_MODEL, type ServedModel } from './served-model.js';

export const ENGINE_LAUNCH = Symbol('ENGINE_LAUNCH');

interface ModelEvents {
  ready: [EngineInformation];
  /** Memory was short: batches of at most so many tokens from now on. */
  budget: [number];
  /** The engine died or is on its way up: no batch may be sent. */
  down: [];
  /** The engine could not load the model at its first start: the server has nothing to serve. */
  unusable: [EngineError];
}

/** Until a first engine was measured. */
const UNKNOWN_LOAD_SECONDS = 5;

const NO_USAGE: EngineUsage = { prefixHits: 0, prefixMisses: 0, prefixEvictions: 0, prefixBytes: 0, deviceBytes: 0 };

/** The façade over the engine: its state, what came up, and scoring. */
@Injectable()
export class ModelService implements BatchScorer, OnApplicationShutdown {
  readonly events = new EventEmitter<ModelEvents>();
  private readonly log = new Logger(ModelService.name);
  private readonly lifecycle = new Lifecycle();
  private readonly supervisor: EngineSupervisor;
  private loadedFraction = 0;
  private current: EngineInformation | undefined;
  private lastUsage = NO_USAGE;
  private restartCount = 0;
  private restartMs = 0;

  constructor(
    @Inject(SERVED_MODEL) readonly model: ServedModel,
    @Inject(ENGINE_LAUNCH) launch: EngineLaunch,
  ) {
    this.supervisor = new EngineSupervisor(launch, this.listeners());
  }

  get state(): LifecycleState {
    return this.lifecycle.state;
  }

  /** The engine takes batches, or soon will again; also while the server drains. */
  get canScore(): boolean {
    return this.lifecycle.canScore;
  }

  /** It could score at least once since the server started. */
  get hasStarted(): boolean {
    return this.lifecycle.hasStarted;
  }

  /** Seconds after which a new engine should be up, by what the last one took to load. */
  get retryAfterSeconds(): number {
    if (this.current === undefined) return UNKNOWN_LOAD_SECONDS;
    return Math.max(1, Math.ceil(this.restartMs / 1000 + this.current.loadSeconds));
  }

  /** Part of the weights that is on the device, 0 to 1. */
  get loaded(): number {
    return this.loadedFraction;
  }

  /** What came up; absent until the engine was ready once. */
  get information(): EngineInformation | undefined {
    return this.current;
  }

  get usage(): EngineUsage {
    return this.lastUsage;
  }

  get restarts(): number {
    return this.restartCount;
  }

  start(): void {
    this.supervisor.start();
  }

  score(batch: SequenceBatch): Promise<BatchScores> {
    return this.supervisor.score(batch);
  }

  release(requestId: number): void {
    this.supervisor.release(requestId);
  }

  /** Not ready from now on; what was accepted is still answered. */
  drain(): void {
    this.lifecycle.drain();
    this.log.log('draining');
  }

  async onApplicationShutdown(): Promise<void> {
    this.lifecycle.stop();
    await this.supervisor.stop();
  }

  private listeners(): SupervisorEvents {
    return {
      loading: (fraction) => {
        this.loadedFraction = fraction;
        this.lifecycle.moveTo('loading');
      },
      warming: () => this.lifecycle.moveTo('warming'),
      ready: (information) => this.becomeReady(information),
      loadFailed: (error) => this.loadFailed(error),
      usage: (usage) => {
        this.lastUsage = usage;
      },
      budget: (maxBatchTokens) => this.shrinkBatches(maxBatchTokens),
      exited: (reason, restartMs) => this.engineExited(reason, restartMs),
      silent: () => this.hush(),
      heardAgain: () => this.hearAgain(),
    };
  }

  private engineExited(reason: string, restartMs: number): void {
    this.lifecycle.moveTo('starting');
    this.restartCount += 1;
    this.restartMs = restartMs;
    this.loadedFraction = 0;
    this.log.error({ reason, restartMs }, 'engine process ended, starting another');
    this.events.emit('down');
  }

  /** Only a ready engine is missed: one that still loads is judged by its progress. */
  private hush(): void {
    if (this.lifecycle.engineState !== 'ready') return;
    this.lifecycle.moveTo('unresponsive');
    this.log.warn('no heartbeat from the engine process');
  }

  private hearAgain(): void {
    if (this.lifecycle.engineState !== 'unresponsive') return;
    this.lifecycle.moveTo('ready');
    this.log.log('the engine process is heard again');
  }

  private becomeReady(information: EngineInformation): void {
    this.lifecycle.moveTo('ready');
    this.current = information;
    this.log.log({ model: this.model.name, ...information }, 'model is ready');
    this.events.emit('ready', information);
  }

  private shrinkBatches(maxBatchTokens: number): void {
    if (this.current !== undefined) this.current = { ...this.current, maxBatchTokens };
    this.log.warn({ maxBatchTokens }, 'out of memory: batches are smaller from now on');
    this.events.emit('budget', maxBatchTokens);
  }

  private loadFailed(error: EngineError): void {
    this.lifecycle.moveTo('failed');
    this.log.error({ code: error.code }, error.message);
    if (this.current === undefined) this.events.emit('unusable', error);
    else this.supervisor.kill(error.message); // It loaded before: try again with a fresh process, after a pause.
  }
}
