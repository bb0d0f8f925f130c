import type { BatchScorer } from '#libs/batching';
import { EngineClient, type EngineError } from './engine-client.js';
import { startEngineProcess, type EngineCommand, type EngineProcess } from './engine-process.js';
import type { EngineInformation, EngineOptions, EngineUsage } from './engine-protocol.js';
import { BEAT_MS } from './engine-watch.js';
import { Lifecycle } from './lifecycle.js';

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** An engine that served this long was healthy: the next failure starts counting anew. */
const STEADY_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;
/** Until a first engine was measured. */
const UNKNOWN_LOAD_SECONDS = 5;

const NO_USAGE: EngineUsage = { prefixHits: 0, prefixMisses: 0, prefixEvictions: 0, prefixBytes: 0, deviceBytes: 0 };

/** What an engine tells the server. */
export interface EngineListener {
  /** The scorer is that of this process: it rejects when that ends, and another one is ready after a restart. */
  ready(information: EngineInformation, scorer: BatchScorer): void;
  /** The process ended without being asked to; another one starts after `restartMs`. */
  exited(reason: string, restartMs: number): void;
  /** At its first start it could not load the model. */
  unusable(error: EngineError): void;
  /** It loaded before and now could not; it is tried again. */
  loadFailed(error: EngineError): void;
  /** Memory was short; smaller batches from now on. */
  budget(maxBatchTokens: number): void;
  /** Heartbeats are missing: the engine may be stopped. It is heard again, or it is ended. */
  silent(): void;
  heardAgain(): void;
  /** A line on its standard output or error. */
  said(line: string): void;
}

export interface EngineLaunch {
  /** The engine's compiled entry file. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly options: EngineOptions;
  /** Absent: a process of its own. */
  readonly start?: typeof startEngineProcess;
}

/** One engine of the server: keeps its process alive and knows its state and what it told last. */
export class EngineHost {
  readonly lifecycle = new Lifecycle();
  /** Part of the weights that is on the device, 0 to 1. */
  loaded = 0;
  /** What is running; absent until it was ready once. */
  information: EngineInformation | undefined;
  usage = NO_USAGE;
  restarts = 0;
  private client: EngineClient | undefined;
  private process: EngineProcess | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private watchTimer: NodeJS.Timeout | undefined;
  private endedFor: string | undefined;
  private crashes = 0;
  private restartMs = 0;
  /** Tokens of a batch that memory suffices for, as an engine found out. */
  private narrowed: number | undefined;
  private startedMs = 0;
  private stopped: (() => void) | undefined;

  constructor(
    private readonly launch: EngineLaunch,
    private readonly listener: EngineListener,
  ) {}

  /** Seconds after which a new process should be up, by what the last one took to load. */
  get retryAfterSeconds(): number {
    if (this.information === undefined) return UNKNOWN_LOAD_SECONDS;
    return Math.max(1, Math.ceil(this.restartMs / 1000 + this.information.loadSeconds));
  }

  start(): void {
    const { entry, environment, options } = this.launch;
    this.startedMs = performance.now();
    const started = this.tryToStart({ entry, environment, threads: options.threads });
    if (started === undefined) return;
    const client = new EngineClient(started.transport, {
      loading: (fraction) => {
        this.loaded = fraction;
        this.lifecycle.moveTo('loading');
      },
      warming: () => this.lifecycle.moveTo('warming'),
      ready: (information) => this.becomeReady(information, client),
      loadFailed: (error) => this.loadFailed(error),
      usage: (usage) => (this.usage = usage),
      budget: (maxBatchTokens) => this.narrow(maxBatchTokens),
    });
    started.onBeat(() => client.beat());
    started.onLine((line) => this.listener.said(line));
    this.process = started;
    this.client = client;
    this.watchTimer = setInterval(() => this.look(client), BEAT_MS);
    client.load(this.narrowed === undefined ? options : { ...options, maxBatchTokens: this.narrowed });
  }

  /** Resolves when the process is gone; a process that does not leave in time is killed. */
  async stop(): Promise<void> {
    this.lifecycle.stop();
    clearTimeout(this.restartTimer);
    if (this.process === undefined) return;
    clearInterval(this.watchTimer); // An engine that leaves is not missed: the time it has is limited here.
    const gone = new Promise<void>((resolve) => {
      this.stopped = resolve;
    });
    const kill = setTimeout(() => this.process?.kill(), STOP_TIMEOUT_MS);
    this.client?.stop();
    await gone;
    clearTimeout(kill);
  }

  /** Ends a process that cannot serve; it is started again like one that died. */
  private kill(reason: string): void {
    this.endedFor = reason;
    this.process?.kill();
  }

  /** Where memory is short `fork` throws: one more engine that ended, to be started again like the others. */
  private tryToStart(command: EngineCommand): EngineProcess | undefined {
    const { start = startEngineProcess } = this.launch;
    try {
      return start(command, (reason) => this.exited(this.endedFor ?? this.client?.fault ?? reason));
    } catch (error) {
      this.exited(`it could not be started: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  private becomeReady(information: EngineInformation, scorer: BatchScorer): void {
    this.lifecycle.moveTo('ready');
    this.information = information;
    this.listener.ready(information, scorer);
  }

  private loadFailed(error: EngineError): void {
    this.lifecycle.moveTo('failed');
    if (this.information === undefined) {
      this.listener.unusable(error);
      return;
    }
    this.listener.loadFailed(error);
    this.kill(error.message); // It loaded before: try again with a fresh process, after a pause.
  }

  /** For the engines to come too: they have the same memory. */
  private narrow(maxBatchTokens: number): void {
    this.narrowed = maxBatchTokens;
    if (this.information !== undefined) this.information = { ...this.information, maxBatchTokens };
    this.listener.budget(maxBatchTokens);
  }

  /** SIGKILL ends a stopped process too, so the exit follows at once. */
  private look(client: EngineClient): void {
    const verdict = client.tick();
    const { engineState } = this.lifecycle;
    if (verdict.kind === 'end') this.kill(verdict.reason);
    // Only a ready engine is missed: one that still loads is judged by its progress.
    else if (verdict.kind === 'silent' && engineState === 'ready') this.changeTo('unresponsive');
    else if (verdict.kind !== 'silent' && engineState === 'unresponsive') this.changeTo('ready');
  }

  private changeTo(state: 'unresponsive' | 'ready'): void {
    this.lifecycle.moveTo(state);
    if (state === 'ready') this.listener.heardAgain();
    else this.listener.silent();
  }

  private exited(reason: string): void {
    clearInterval(this.watchTimer);
    this.endedFor = undefined;
    this.client?.abandon(`the engine process ended (${reason})`);
    this.client = undefined;
    this.process = undefined;
    if (this.stopped !== undefined) {
      this.stopped();
      return;
    }
    this.crashes = performance.now() - this.startedMs > STEADY_MS ? 1 : this.crashes + 1;
    this.restartMs = Math.min(FIRST_RESTART_MS * 2 ** (this.crashes - 1), LONGEST_RESTART_MS);
    this.lifecycle.moveTo('starting');
    this.restarts += 1;
    this.loaded = 0;
    this.listener.exited(reason, this.restartMs);
    this.restartTimer = setTimeout(() => this.start(), this.restartMs);
  }
}
