import type { BatchScorer } from '#libs/batching';
import type { EngineProcess } from '../../libs/engine-host/src/engine-process.js';
import {
  decodeToEngine,
  encodeFromEngine,
  type EngineInformation,
  type FromEngine,
  type ToEngine,
} from '#libs/engine-protocol';

export const INFORMATION: EngineInformation = {
  backend: 'fake',
  version: '1',
  device: 'cpu',
  dtype: 'f32',
  threads: 1,
  passedOver: [],
  parameters: 1,
  tokensPerSecond: 1000,
  maxBatchTokens: 512,
  loadSeconds: 1,
};

export const USAGE = { prefixHits: 0, prefixMisses: 0, prefixEvictions: 0, prefixBytes: 0, deviceBytes: 0 };

/** An engine process without a process: the test says what it answers, when it beats, and when it ends. */
export class FakeEngine implements EngineProcess {
  readonly received: ToEngine[] = [];
  killed = false;
  private listener: (frame: Uint8Array) => void = () => undefined;
  private beatListener: () => void = () => undefined;
  private lineListener: (line: string) => void = () => undefined;

  constructor(private readonly onExit: (reason: string) => void) {}

  readonly transport = {
    send: async (frame: Uint8Array) => void this.received.push(decodeToEngine(frame)),
    onFrame: (listener: (frame: Uint8Array) => void) => void (this.listener = listener),
  };

  onLine(listener: (line: string) => void): void {
    this.lineListener = listener;
  }

  onBeat(listener: () => void): void {
    this.beatListener = listener;
  }

  kill(): void {
    this.killed = true;
    this.exit('signal SIGKILL');
  }

  exit(reason: string): void {
    this.onExit(reason);
  }

  beat(): void {
    this.beatListener();
  }

  writeLine(line: string): void {
    this.lineListener(line);
  }

  say(message: FromEngine): void {
    this.listener(encodeFromEngine(message));
  }

  becomeReady(): void {
    this.say({ kind: 'loading', fraction: 1 });
    this.say({ kind: 'warming' });
    this.say({ kind: 'ready', information: INFORMATION });
  }

  /** Answers the batch with these scores. */
  answer(batchId: number, logits: readonly number[]): void {
    const scores = { logits: Float32Array.from(logits), computedTokens: 1, sharedTokens: 0, computeSeconds: 0.1 };
    this.say({ kind: 'scores', batchId, ...scores, usage: USAGE });
  }

  kinds(): readonly string[] {
    return this.received.map(({ kind }) => kind);
  }
}

/** A batch of one document of this many tokens. */
export function batchOf(tokens: number): Parameters<BatchScorer['score']>[0] {
  return { shares: [{ requestId: 1, prefix: [], documents: [new Int32Array(tokens)], last: true }] };
}
