import type { BatchScorer, BatchScores, SequenceBatch } from '#libs/batching';
import { EngineClient, EngineError, type EngineEvents } from './engine-client.js';
import { startEngineProcess, type EngineProcess } from './engine-process.js';
import type { EngineOptions } from './engine-protocol.js';

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** An engine that served this long was healthy: the next failure starts counting anew. */
const STEADY_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;

export interface SupervisorEvents extends EngineEvents {
  /** The process ended without being asked to; another one starts after `restartMs`. */
  exited(reason: string, restartMs: number): void;
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
  private crashes = 0;
  private startedMs = 0;
  private stopped: (() => void) | undefined;

  constructor(
    private readonly launch: EngineLaunch,
    private readonly events: SupervisorEvents,
  ) {}

  start(): void {
    const { entry, environment, options } = this.launch;
    this.startedMs = performance.now();
    const started = startEngineProcess({ entry, environment, threads: options.threads }, (reason) =>
      this.exited(reason),
    );
    this.process = started;
    this.client = new EngineClient(started.transport, this.events);
    this.client.load(options);
  }

  score(batch: SequenceBatch): Promise<BatchScores> {
    if (this.client === undefined) return Promise.reject(new EngineError('engine_gone', 'the engine is not running'));
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
  kill(): void {
    this.process?.kill();
  }

  private exited(reason: string): void {
    this.client?.abandon(new EngineError('engine_gone', `the engine process ended (${reason})`));
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
