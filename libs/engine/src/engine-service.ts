import { setImmediate } from 'node:timers/promises';
import type { EngineOptions, EngineUsage, FromEngine, ToEngine, Transport } from './engine-protocol.js';
import { decodeToEngine, encodeFromEngine } from './frame-codec.js';
import { loadEngine, type LoadedEngine } from './load-engine.js';

const DEVICE_FAULT = 'DEVICE_FAULT';

/** The engine process's side of the protocol: loads once, then scores batches in the order they came. */
export class EngineService {
  private engine: LoadedEngine | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly transport: Transport,
    private readonly exit: (code: number) => void,
  ) {}

  start(): void {
    this.transport.onFrame((frame) => this.receive(decodeToEngine(frame)));
  }

  private receive(message: ToEngine): void {
    switch (message.kind) {
      case 'load':
        this.enqueue(() => this.load(message.options));
        break;
      case 'score':
        this.enqueue(() => this.score(message));
        break;
      case 'release':
        this.engine?.runner.release(message.requestId);
        break;
      case 'ping':
        this.send({ kind: 'pong' });
        break;
      case 'stop':
        this.enqueue(async () => this.stop());
        break;
    }
  }

  /** One thing at a time on the device; each task reports its own failure, so the chain never breaks. */
  private enqueue(task: () => Promise<void>): void {
    this.queue = this.queue.then(task);
  }

  private async load(options: EngineOptions): Promise<void> {
    try {
      this.engine = await loadEngine(options, {
        loading: async (fraction) => {
          this.send({ kind: 'loading', fraction });
          await setImmediate();
        },
        warming: () => this.send({ kind: 'warming' }),
      });
      this.send({ kind: 'ready', information: this.engine.information });
    } catch (error) {
      this.send({ kind: 'loadFailed', ...failure(error) });
    }
  }

  private async score({ batchId, batch }: Extract<ToEngine, { kind: 'score' }>): Promise<void> {
    try {
      if (this.engine === undefined) throw new Error('no model is loaded');
      const scores = await this.engine.runner.score(batch);
      this.send({ kind: 'scores', batchId, ...scores, usage: usageOf(this.engine) });
    } catch (error) {
      const failed = failure(error);
      this.send({ kind: 'batchFailed', batchId, ...failed });
      // A device that failed once fails until its process ends: the server starts another.
      if (failed.code === DEVICE_FAULT) this.exit(1);
    }
    // A tfjs pass holds the thread: let the messages through between two batches.
    await setImmediate();
  }

  private stop(): void {
    this.engine?.cache.clear();
    this.engine?.ops.close();
    this.exit(0);
  }

  private send(message: FromEngine): void {
    this.transport.send(encodeFromEngine(message));
  }
}

function usageOf({ cache, ops }: LoadedEngine): EngineUsage {
  const { hits, misses, evictions } = cache.statistics;
  const { bytes, scratchBytes } = ops.memory();
  return {
    prefixHits: hits,
    prefixMisses: misses,
    prefixEvictions: evictions,
    prefixBytes: cache.bytes,
    deviceBytes: bytes + scratchBytes,
  };
}

function failure(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  return { code: typeof code === 'string' ? code : 'internal', message };
}
