import type { BatchScorer, BatchScores, SequenceBatch } from '#libs/batching';
import type { EngineInformation, EngineOptions, EngineUsage, FromEngine, Transport } from './engine-protocol.js';
import { decodeFromEngine, encodeToEngine } from './frame-codec.js';

/** A batch that the engine could not score, or an engine that could not come up. */
export class EngineError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface EngineEvents {
  loading(fraction: number): void;
  warming(): void;
  ready(information: EngineInformation): void;
  loadFailed(error: EngineError): void;
  usage(usage: EngineUsage): void;
}

interface Waiting {
  readonly resolve: (scores: BatchScores) => void;
  readonly reject: (error: Error) => void;
}

/** The server's side of the protocol, for one engine process. */
export class EngineClient implements BatchScorer {
  private readonly waiting = new Map<number, Waiting>();
  private nextBatchId = 1;
  private gone: EngineError | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly events: EngineEvents,
  ) {
    transport.onFrame((frame) => this.receive(decodeFromEngine(frame)));
  }

  load(options: EngineOptions): void {
    this.transport.send(encodeToEngine({ kind: 'load', options }));
  }

  score(batch: SequenceBatch): Promise<BatchScores> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    const batchId = this.nextBatchId;
    this.nextBatchId += 1;
    return new Promise((resolve, reject) => {
      this.waiting.set(batchId, { resolve, reject });
      this.transport.send(encodeToEngine({ kind: 'score', batchId, batch }));
    });
  }

  release(requestId: number): void {
    if (this.gone === undefined) this.transport.send(encodeToEngine({ kind: 'release', requestId }));
  }

  stop(): void {
    if (this.gone === undefined) this.transport.send(encodeToEngine({ kind: 'stop' }));
  }

  /** The process ended: whatever it still owed fails with this error, and so does what comes later. */
  abandon(error: EngineError): void {
    this.gone = error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private receive(message: FromEngine): void {
    switch (message.kind) {
      case 'loading':
        this.events.loading(message.fraction);
        break;
      case 'warming':
        this.events.warming();
        break;
      case 'ready':
        this.events.ready(message.information);
        break;
      case 'loadFailed':
        this.events.loadFailed(new EngineError(message.code, message.message));
        break;
      case 'scores':
        this.events.usage(message.usage);
        this.take(message.batchId)?.resolve(message);
        break;
      case 'batchFailed':
        this.take(message.batchId)?.reject(new EngineError(message.code, message.message));
        break;
    }
  }

  private take(batchId: number): Waiting | undefined {
    const waiting = this.waiting.get(batchId);
    this.waiting.delete(batchId);
    return waiting;
  }
}
