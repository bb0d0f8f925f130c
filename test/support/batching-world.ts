import { Batcher } from '#libs/batching';
import { documentsOf, ManualScorer, settle } from './manual-scorer.js';
import { permitOf } from './permit.js';

const BUDGET = { maxBatchTokens: 64, tokensPerSecond: 1e12 };
export const SILENT = {
  batchFinished: () => undefined,
  batchFailed: () => undefined,
  batchInterrupted: () => undefined,
  queueChanged: () => undefined,
  cancelled: () => undefined,
};

export type WorldEvent =
  | { readonly kind: 'arrive'; readonly lengths: readonly number[] }
  | { readonly kind: 'answer' }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'die'; readonly which: number };

interface Client {
  /** First id of the first document. */
  readonly first: number;
  readonly count: number;
  readonly controller: AbortController;
  outcome?: unknown;
}

/** Requests whose documents are numbered through, so that each score says which document it belongs to. */
export class BatchingWorld {
  private readonly scorer = new ManualScorer();
  private readonly clients: Client[] = [];
  private queue = { tokens: 0, requests: 0 };
  private readonly batcher: Batcher;
  private nextDocument = 1;

  constructor(private readonly engines: number) {
    this.batcher = new Batcher(
      { maxQueueSeconds: 1000, now: () => 0, engines },
      { ...SILENT, queueChanged: (queue) => void (this.queue = queue) },
    );
    for (let engine = 0; engine < engines; engine += 1) this.resume(engine);
  }

  async play(what: WorldEvent): Promise<void> {
    if (what.kind === 'arrive') this.arrive(what.lengths);
    if (what.kind === 'answer') this.scorer.inFlight[0]?.answer();
    if (what.kind === 'cancel') this.clients[what.which]?.controller.abort('left');
    if (what.kind === 'die') {
      const engine = what.which % this.engines;
      this.batcher.pause(engine);
      this.scorer.die(engine);
      await settle();
      this.resume(engine);
    }
    await settle();
  }

  finish(): Promise<void> {
    return this.scorer.answerAll();
  }

  /** What must never be, in words. */
  violations(): string[] {
    const { scored, sent } = this.scorer;
    const found: string[] = [];
    if (this.queue.tokens !== 0 || this.queue.requests !== 0) found.push(`left over: ${JSON.stringify(this.queue)}`);
    if (new Set(scored).size !== scored.length) found.push('a document was scored twice');
    if (sent.some(({ batch }) => isOverBudget(documentsOf(batch)))) found.push('a batch is over its budget');
    return [...found, ...this.clients.filter((client) => !isRight(client)).map((client) => JSON.stringify(client))];
  }

  private resume(engine: number): void {
    this.batcher.resume(this.scorer.engine(engine), BUDGET, engine);
  }

  private arrive(lengths: readonly number[]): void {
    const first = this.nextDocument;
    const documents = lengths.map((length, index) => new Int32Array(length).fill(first + index));
    this.nextDocument += lengths.length;
    const client: Client = { first, count: lengths.length, controller: new AbortController() };
    this.clients.push(client);
    this.batcher.submit({ prefix: [new Int32Array(2)], documents }, permitOf(client.controller.signal)).then(
      ({ logits }) => (client.outcome = [...logits]),
      (error: unknown) => (client.outcome = error),
    );
  }
}

function isOverBudget(documents: readonly Int32Array[]): boolean {
  const tokens = documents.reduce((sum, ids) => sum + ids.length, 0);
  return documents.length > 1 && tokens > BUDGET.maxBatchTokens;
}

/** A client gets its scores; or nothing, when it left or when its documents ended two engines. */
function isRight({ outcome, first, count, controller }: Client): boolean {
  if (outcome === 'left') return controller.signal.aborted;
  if (outcome instanceof Error) return (outcome as { code?: string }).code === 'engine_gone';
  const scores = outcome as readonly number[];
  return scores.length === count && scores.every((score, index) => score === first + index);
}
