import { BatchInterruptedError, type BatchScorer, type BatchScores, type SequenceBatch } from '#libs/batching';
import { EngineClient, type EngineEvents } from './engine-client.js';
import { startEngineProcess, type EngineCommand, type EngineProcess } from './engine-process.js';
import type { EngineOptions } from './engine-protocol.js';
import { BEAT_MS } from './engine-watch.js';

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** An engine that served this long was healthy: the next failure starts counting anew. */
const STEADY_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;

export interface SupervisorEvents extends EngineEvents {
  /** The process ended without being asked to; another one starts after `restartMs`. */
  exited(reason: string, restartMs: number): void;
  /** Heartbeats are missing: the engine may be stopped. It is heard again, or it is ended. */
  silent(): void;
  heardAgain(): void;
}

export interface EngineLaunch {
  /** The engine's compiled entry file. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly options: EngineOptions;
}

/** Keeps one engine process alive: starts it, starts it again when it dies, ends it with the server. */
export class EngineSupervisor implements BatchScorer {
  private client: EngineClient | undefined;
  private process: EngineProcess | undefined;
  private restartTimer: NodeJS.Timeout | undefined;
  private watchTimer: NodeJS.Timeout | undefined;
  private isSilent = false;
  private endedFor: string | undefined;
  private crashes = 0;
  /** Tokens of a batch that memory suffices for, as an engine found out. */
  private narrowed: number | undefined;
  private startedMs = 0;
  private stopped: (() => void) | undefined;

  constructor(
    private readonly launch: EngineLaunch,
    private readonly events: SupervisorEvents,
    private readonly startProcess: typeof startEngineProcess = startEngineProcess,
  ) {}

  start(): void {
    const { entry, environment, options } = this.launch;
    this.startedMs = performance.now();
    const started = this.tryToStart({ entry, environment, threads: options.threads });
    if (started === undefined) return;
    const client = new EngineClient(started.transport, {
      ...this.events,
      budget: (maxBatchTokens) => this.narrow(maxBatchTokens),
    });
    started.onBeat(() => client.beat());
    this.process = started;
    this.client = client;
    this.watchTimer = setInterval(() => this.look(client), BEAT_MS);
    client.load(this.narrowed === undefined ? options : { ...options, maxBatchTokens: this.narrowed });
  }

  score(batch: SequenceBatch): Promise<BatchScores> {
    if (this.client === undefined) {
      return Promise.reject(new BatchInterruptedError(false, 'the engine is not running'));
    }
    return this.client.score(batch);
  }

  release(requestId: number): void {
    this.client?.release(requestId);
  }

  /** Resolves when the process is gone; a process that does not leave in time is killed. */
  async stop(): Promise<void> {
    clearTimeout(this.restartTimer);
    if (this.process === undefined) return;
    const gone = new Promise<void>((resolve) => {
      this.stopped = resolve;
    });
    const kill = setTimeout(() => this.process?.kill(), STOP_TIMEOUT_MS);
    this.client?.stop();
    await gone;
    clearTimeout(kill);
  }

  /** Ends a process that cannot serve; it is started again like one that died. */
  kill(reason: string): void {
    this.endedFor = reason;
    this.process?.kill();
  }

  /** Where memory is short `fork` throws: one more engine that ended, to be started again like the others. */
  private tryToStart(command: EngineCommand): EngineProcess | undefined {
    try {
      return this.startProcess(command, (reason) => this.exited(this.endedFor ?? this.client?.fault ?? reason));
    } catch (error) {
      this.exited(`it could not be started: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** For the engines to come too: they have the same memory. */
  private narrow(maxBatchTokens: number): void {
    this.narrowed = maxBatchTokens;
    this.events.budget(maxBatchTokens);
  }

  /** SIGKILL ends a stopped process too, so the exit follows at once. */
  private look(client: EngineClient): void {
    const verdict = client.tick();
    const isSilent = verdict.kind === 'silent';
    if (verdict.kind === 'end') this.kill(verdict.reason);
    else if (isSilent && !this.isSilent) this.events.silent();
    else if (!isSilent && this.isSilent) this.events.heardAgain();
    this.isSilent = isSilent;
  }

  private exited(reason: string): void {
    clearInterval(this.watchTimer);
    this.isSilent = false;
    this.endedFor = undefined;
    this.client?.abandon(`the engine process ended (${reason})`);
    this.client = undefined;
    this.process = undefined;
    if (this.stopped !== undefined) {
      this.stopped();
      return;
    }
    this.crashes = performance.now() - this.startedMs > STEADY_MS ? 1 : this.crashes + 1;
    const restartMs = Math.min(FIRST_RESTART_MS * 2 ** (this.crashes - 1), LONGEST_RESTART_MS);
    this.events.exited(reason, restartMs);
    this.restartTimer = setTimeout(() => this.start(), restartMs);
  }
}
