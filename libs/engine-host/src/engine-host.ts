import {
  BEAT_MS,
  decodeFromEngine,
  type EngineInformation,
  type EngineOptions,
  type EngineUsage,
  type FromEngine,
} from '#libs/engine-protocol';
import { EngineClient } from './engine-client.js';
import { EngineError, type EngineEvent } from './engine-event.js';
import { startEngineProcess, type EngineCommand, type EngineProcess } from './engine-process.js';
import { Lifecycle } from './lifecycle.js';

const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 30_000;
/** An engine that served this long was healthy: the next failure starts counting anew. */
const STEADY_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;
/** Until a first engine was measured. */
const UNKNOWN_LOAD_SECONDS = 5;

const NO_USAGE: EngineUsage = { prefixHits: 0, prefixMisses: 0, prefixEvictions: 0, prefixBytes: 0, deviceBytes: 0 };

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
    private readonly tell: (event: EngineEvent) => void,
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
    const client = new EngineClient(started.transport);
    started.transport.onFrame((frame) => this.receive(decodeFromEngine(frame), client));
    started.onBeat(() => client.beat());
    started.onLine((line) => this.tell({ kind: 'said', line }));
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

  private receive(message: FromEngine, client: EngineClient): void {
    client.note(message);
    switch (message.kind) {
      case 'loading':
        this.loaded = message.fraction;
        this.lifecycle.moveTo('loading');
        break;
      case 'warming':
        this.lifecycle.moveTo('warming');
        break;
      case 'ready':
        this.lifecycle.moveTo('ready');
        this.information = message.information;
        this.tell({ kind: 'ready', information: message.information, scorer: client });
        break;
      case 'loadFailed':
        this.loadFailed(new EngineError(message.code, message.message));
        break;
      case 'budget':
        // For the engines to come too: they have the same memory.
        this.narrowed = message.maxBatchTokens;
        if (this.information !== undefined) this.information = { ...this.information, maxBatchTokens: this.narrowed };
        this.tell(message);
        break;
      case 'scores':
        this.usage = message.usage;
        break;
      default:
    }
  }

  private loadFailed(error: EngineError): void {
    this.lifecycle.moveTo('failed');
    if (this.information === undefined) {
      this.tell({ kind: 'unusable', error });
      return;
    }
    this.tell({ kind: 'loadFailed', error });
    this.kill(error.message); // It loaded before: try again with a fresh process, after a pause.
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
    this.tell({ kind: state === 'ready' ? 'heardAgain' : 'silent' });
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
    this.tell({ kind: 'exited', reason, restartMs: this.restartMs });
    this.restartTimer = setTimeout(() => this.start(), this.restartMs);
  }
}
