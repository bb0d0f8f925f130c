/** One request's part of a batch. Documents of several batches of a request carry the same prefix. */
export interface RequestShare {
  /** Unique per request while the server lives; the engine holds the request's prefix under it. */
  readonly requestId: number;
  /** Token ids that come before every document of the request: [head, query], root first; [head] where there is a tail. */
  readonly prefix: readonly Int32Array[];
  /** Token ids of each document, suffix included. */
  readonly documents: readonly Int32Array[];
  /** Token ids that come after every document, where they hold the query: each document is kept, and its tail is scored. */
  readonly tail?: Int32Array | undefined;
  /** True when no later batch of this request follows: the engine may let the prefix go. */
  readonly last: boolean;
}

/** What the engine scores in one forward pass. */
export interface SequenceBatch {
  readonly shares: readonly RequestShare[];
}

export interface BatchScores {
  /** The raw score of each document, in the order of the shares and of their documents. */
  readonly logits: Float32Array;
  /** Rows that went through the model. */
  readonly computedTokens: number;
  /** Rows that computing every pair whole would have added: prefixes kept from earlier batches or shared inside this one. */
  readonly sharedTokens: number;
  readonly computeSeconds: number;
}

/** The port an engine implements, from when it is ready until its process ends. */
export interface BatchScorer {
  /**
   * Rejects with an error whose `code` says why; a rejected batch has no scores at all. A BatchInterruptedError says that
   * the engine is gone and another one may score the batch.
   */
  score(batch: SequenceBatch): Promise<BatchScores>;
  /** The request is over without a `last` share (cancelled, expired): its prefix may leave the device. */
  release(requestId: number): void;
}
