import type { EngineProcess } from '../../libs/engine-host/src/engine-process.js';
import { decodeToEngine, encodeFromEngine, type FromEngine, type ToEngine } from '#libs/engine-protocol';
import { INFORMATION, USAGE } from './fake-engine.js';

/** A raw score from the token ids of a document with what follows it. */
export type Scoring = (document: Int32Array) => number;

/** Longer documents are better, so that an order can be told from the texts. */
const BY_LENGTH: Scoring = (document) => document.length / 100;

/** What engines do that run in no process: the test changes it while they run. */
export class EngineScript {
  score: Scoring = BY_LENGTH;
  /** Batches wait until it is false again; see `goOn`. */
  isHeld = false;
  /** Fails batches with this code and message. */
  failure: { readonly code: string; readonly message: string } | undefined;
  readonly engines: ScriptedEngine[] = [];

  get newest(): ScriptedEngine {
    return this.engines.at(-1)!;
  }

  /** To be put in the place of a process. */
  readonly start = (_command: unknown, onExit: (reason: string) => void): EngineProcess => {
    const engine = new ScriptedEngine(this, onExit);
    this.engines.push(engine);
    return engine;
  };

  goOn(): void {
    this.isHeld = false;
    this.newest.answerAll();
  }
}

/** An engine process without a process: ready at once, and scores by its script. */
export class ScriptedEngine implements EngineProcess {
  private listener: (frame: Uint8Array) => void = () => undefined;
  private readonly waiting: Extract<ToEngine, { kind: 'score' }>[] = [];

  constructor(
    private readonly script: EngineScript,
    private readonly onExit: (reason: string) => void,
  ) {}

  readonly transport = {
    send: async (frame: Uint8Array) => this.receive(decodeToEngine(frame)),
    onFrame: (listener: (frame: Uint8Array) => void) => void (this.listener = listener),
  };

  onBeat(): void {}

  onLine(): void {}

  kill(): void {
    this.onExit('signal SIGKILL');
  }

  answerAll(): void {
    for (const message of this.waiting.splice(0)) this.answer(message);
  }

  private receive(message: ToEngine): void {
    if (message.kind === 'load') this.becomeReady();
    if (message.kind === 'ping') this.say({ kind: 'pong' });
    if (message.kind === 'stop') this.onExit('exit code 0');
    if (message.kind !== 'score') return;
    this.waiting.push(message);
    if (!this.script.isHeld) this.answerAll();
  }

  private becomeReady(): void {
    this.say({ kind: 'loading', fraction: 1 });
    this.say({ kind: 'warming' });
    this.say({ kind: 'ready', information: INFORMATION });
  }

  private answer({ batchId, batch }: Extract<ToEngine, { kind: 'score' }>): void {
    if (this.script.failure !== undefined) {
      this.say({ kind: 'batchFailed', batchId, ...this.script.failure });
      return;
    }
    const documents = batch.shares.flatMap((share) => share.documents);
    const logits = Float32Array.from(documents, this.script.score);
    const counts = { computedTokens: documents.length, sharedTokens: 0, computeSeconds: 1e-6 };
    this.say({ kind: 'scores', batchId, logits, ...counts, usage: USAGE });
  }

  /** In a turn of its own, as from another process. */
  private say(message: FromEngine): void {
    setImmediate(() => this.listener(encodeFromEngine(message)));
  }
}
