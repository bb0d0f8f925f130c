import type { BatchScorer, BatchScores, SequenceBatch } from '#libs/batching';
import {
  EngineSupervisor,
  type EngineError,
  type EngineInformation,
  type EngineLaunch,
  type EngineUsage,
  type SupervisorEvents,
} from '#libs/engine';
import { Lifecycle } from './lifecycle.js';

/** Until a first engine was measured. */
const UNKNOWN_LOAD_SECONDS = 5;

const NO_USAGE: EngineUsage = { prefixHits: 0, prefixMisses: 0, prefixEvictions: 0, prefixBytes: 0, deviceBytes: 0 };

/** What an engine tells the service. */
export interface EngineListener {
  ready(information: EngineInformation): void;
  /** It died; another process starts after `restartMs`. */
  exited(reason: string, restartMs: number): void;
  /** At its first start it could not load the model. */
  unusable(error: EngineError): void;
  /** It loaded before and now could not; it is tried again. */
  loadFailed(error: EngineError): void;
  budget(maxBatchTokens: number): void;
  silent(): void;
  heardAgain(): void;
}

/** One engine of the server: its process, its state, and what it told last. */
export class EngineUnit implements BatchScorer {
  readonly lifecycle = new Lifecycle();
  /** Part of the weights that is on the device, 0 to 1. */
  loaded = 0;
  /** What is running; absent until it was ready once. */
  information: EngineInformation | undefined;
  usage = NO_USAGE;
  restarts = 0;
  private restartMs = 0;
  private readonly supervisor: EngineSupervisor;

  constructor(
    launch: EngineLaunch,
    private readonly listener: EngineListener,
  ) {
    this.supervisor = new EngineSupervisor(launch, this.events());
  }

  /** Seconds after which a new process should be up, by what the last one took to load. */
  get retryAfterSeconds(): number {
    if (this.information === undefined) return UNKNOWN_LOAD_SECONDS;
    return Math.max(1, Math.ceil(this.restartMs / 1000 + this.information.loadSeconds));
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

  async stop(): Promise<void> {
    this.lifecycle.stop();
    await this.supervisor.stop();
  }

  private events(): SupervisorEvents {
    return {
      loading: (fraction) => {
        this.loaded = fraction;
        this.lifecycle.moveTo('loading');
      },
      warming: () => this.lifecycle.moveTo('warming'),
      ready: (information) => {
        this.lifecycle.moveTo('ready');
        this.information = information;
        this.listener.ready(information);
      },
      loadFailed: (error) => this.loadFailed(error),
      usage: (usage) => {
        this.usage = usage;
      },
      budget: (maxBatchTokens) => {
        if (this.information !== undefined) this.information = { ...this.information, maxBatchTokens };
        this.listener.budget(maxBatchTokens);
      },
      exited: (reason, restartMs) => this.exited(reason, restartMs),
      silent: () => this.hush(),
      heardAgain: () => this.hearAgain(),
    };
  }

  private exited(reason: string, restartMs: number): void {
    this.lifecycle.moveTo('starting');
    this.restarts += 1;
    this.restartMs = restartMs;
    this.loaded = 0;
    this.listener.exited(reason, restartMs);
  }

  private loadFailed(error: EngineError): void {
    this.lifecycle.moveTo('failed');
    if (this.information === undefined) {
      this.listener.unusable(error);
      return;
    }
    this.listener.loadFailed(error);
    this.supervisor.kill(error.message); // It loaded before: try again with a fresh process, after a pause.
  }

  /** Only a ready engine is missed: one that still loads is judged by its progress. */
  private hush(): void {
    if (this.lifecycle.engineState !== 'ready') return;
    this.lifecycle.moveTo('unresponsive');
    this.listener.silent();
  }

  private hearAgain(): void {
    if (this.lifecycle.engineState !== 'unresponsive') return;
    this.lifecycle.moveTo('ready');
    this.listener.heardAgain();
  }
}
