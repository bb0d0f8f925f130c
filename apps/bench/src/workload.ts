import { Random } from '#apps/workshop';
import type { SequenceBatch } from '#libs/batching';

/** Tokens of the official prefix and the default instruction, and of the suffix: what every Qwen3-Reranker prompt has. */
const HEAD_TOKENS = 60;
const SUFFIX_TOKENS = 9;

/** A request of random token ids: a pass costs the same whatever the ids say. */
export interface Workload {
  readonly name: string;
  /** Tokens of each document, the suffix not counted. */
  readonly documentTokens: readonly number[];
  readonly queryTokens: number;
  /** Requests in a batch, each with a query of its own; 1 when absent. */
  readonly requests?: number;
}

export function equalLengths(documents: number, tokens: number): Workload {
  return {
    name: `${documents} × ${tokens}`,
    documentTokens: Array.from({ length: documents }, () => tokens),
    queryTokens: 10,
  };
}

/** Lengths spread evenly from half to one and a half of the mean. */
export function spreadLengths(documents: number, mean: number): Workload {
  const low = Math.round(mean / 2);
  const step = mean / Math.max(1, documents - 1);
  return {
    name: `${documents} × ${low}–${low + mean}`,
    documentTokens: Array.from({ length: documents }, (_, index) => low + Math.round(index * step)),
    queryTokens: 10,
  };
}

/** Rows that a pass computes once the head is on the device: the query, and each document with its suffix. */
export function uniqueTokens({ documentTokens, queryTokens, requests = 1 }: Workload): number {
  return requests * documentTokens.reduce((tokens, length) => tokens + length + SUFFIX_TOKENS, queryTokens);
}

/** The same requests, enough in a batch that it has at least `rows` unique tokens. */
export function filled(workload: Workload, rows: number): Workload {
  const requests = Math.max(1, Math.ceil(rows / uniqueTokens(workload)));
  return requests === 1 ? workload : { ...workload, name: `${requests} × ${workload.name}`, requests };
}

/** Documents of a whole batch. */
export function documentCount({ documentTokens, requests = 1 }: Workload): number {
  return requests * documentTokens.length;
}

/** Tokens of each whole prompt: head, query, document and suffix. */
export function pairLengths({ documentTokens, queryTokens, requests = 1 }: Workload): number[] {
  const lengths = documentTokens.map((tokens) => HEAD_TOKENS + queryTokens + tokens + SUFFIX_TOKENS);
  return Array.from({ length: requests }, () => lengths).flat();
}

/** Makes batches of a workload: the head is always the same, query and documents are new each time. */
export class BatchMaker {
  private readonly random = new Random();
  private nextRequestId = 1;
  private readonly head: Int32Array;

  constructor(private readonly vocabularySize: number) {
    this.head = this.ids(HEAD_TOKENS);
  }

  /** As the server sends it: everything before the documents once. */
  shared({ documentTokens, queryTokens, requests = 1 }: Workload): SequenceBatch {
    const batches = Array.from({ length: requests }, () =>
      this.batch(
        [this.head, this.ids(queryTokens)],
        documentTokens.map((tokens) => this.ids(tokens + SUFFIX_TOKENS)),
      ),
    );
    return { shares: batches.flatMap(({ shares }) => shares) };
  }

  /** As a server without shared prefixes computes it: each pair whole. */
  wholePairs(workload: Workload): SequenceBatch {
    return this.batch(
      [],
      pairLengths(workload).map((tokens) => this.ids(tokens)),
    );
  }

  private batch(prefix: Int32Array[], documents: Int32Array[]): SequenceBatch {
    const requestId = this.nextRequestId;
    this.nextRequestId += 1;
    return { shares: [{ requestId, prefix, documents, last: true }] };
  }

  private ids(length: number): Int32Array {
    return Int32Array.from({ length }, () => this.random.below(this.vocabularySize));
  }
}
