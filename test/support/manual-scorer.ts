import { BatchInterruptedError, type BatchScorer, type BatchScores, type SequenceBatch } from '#libs/batching';

export interface SentBatch {
  readonly batch: SequenceBatch;
  readonly engine: number;
  answer(): void;
  fail(error: Error): void;
}

/** Engines that answer when the test says so; score a document with its first id. Batches in the order they came. */
export class ManualScorer {
  readonly sent: SentBatch[] = [];
  readonly released: number[] = [];
  /** The engines that were told so, in the same order. */
  readonly releasedOn: number[] = [];
  /** Documents that were scored, by their first id, in the order of scoring. */
  readonly scored: number[] = [];
  private pending: SentBatch[] = [];

  get inFlight(): readonly SentBatch[] {
    return this.pending;
  }

  /** The engine with this number. */
  engine(engine = 0): BatchScorer {
    return {
      score: (batch) => this.score(batch, engine),
      release: (requestId) => {
        this.released.push(requestId);
        this.releasedOn.push(engine);
      },
    };
  }

  private score(batch: SequenceBatch, engine: number): Promise<BatchScores> {
    return new Promise((resolve, reject) => {
      const sent: SentBatch = {
        batch,
        engine,
        answer: () => {
          this.take(sent);
          const documents = documentsOf(batch);
          this.scored.push(...documents.map((ids) => ids[0]!));
          const rows = documents.reduce((tokens, ids) => tokens + ids.length, 0);
          const logits = Float32Array.from(documents, (ids) => ids[0]!);
          resolve({ logits, computedTokens: rows, sharedTokens: 0, computeSeconds: rows / 1000 });
        },
        fail: (error) => {
          this.take(sent);
          reject(error);
        },
      };
      this.sent.push(sent);
      this.pending.push(sent);
    });
  }

  /** Answers the oldest batch again and again, with what that sets off, until none is in flight or the test says so. */
  async answerAll(until = () => false): Promise<void> {
    while (this.pending.length > 0 && !until()) {
      this.pending[0]!.answer();
      await settle();
    }
  }

  /** The engine ends: it was at work on the oldest batch, the others still waited. */
  die(engine = 0): void {
    const owed = this.pending.filter((sent) => sent.engine === engine);
    owed.forEach((sent, place) => sent.fail(new BatchInterruptedError(place === 0, 'engine gone')));
  }

  private take(sent: SentBatch): void {
    this.pending = this.pending.filter((other) => other !== sent);
  }
}

export function documentsOf(batch: SequenceBatch): readonly Int32Array[] {
  return batch.shares.flatMap(({ documents }) => documents);
}

/** Lets everything that a settled promise set off run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
