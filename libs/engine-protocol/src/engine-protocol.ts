import type { SequenceBatch } from '#libs/batching';
import type { HeadChoice } from '#libs/model-repository';
import type { BackendDescription } from '#libs/tensor';

/** What the engine process needs to come up. */
export interface EngineOptions {
  readonly modelFolder: string;
  /** A LoRA adapter to merge into the weights. */
  readonly adapterFolder?: string;
  /** `auto` takes the fastest backend that is there; any other name is taken or refused. */
  readonly backend: string;
  readonly device: string;
  readonly dtype: string;
  /** Weights with more bits where the others have 8, as INT8_PRECISE has it. */
  readonly int8Precise?: string;
  readonly threads: number;
  /** False: a GPU gets every pass kernel by kernel. */
  readonly cudaGraphs?: boolean;
  /** What the score is made of: tokens by their ids, or rows of a classifier. */
  readonly head: HeadChoice;
  readonly prefixCacheBytes: number;
  /** Longest sequence in tokens, prefix and suffix included. */
  readonly maxLength: number;
  /** Most tokens in one batch; absent: what fits `batchTargetMs` at the measured rate. */
  readonly maxBatchTokens?: number;
  /** Time one batch should take; absent: by device. */
  readonly batchTargetMs?: number;
}

/** What is running; rates are measured. */
export interface EngineInformation extends BackendDescription {
  /** Names of the backends that were tried before the one that came up, with the reason each gave. */
  readonly passedOver: readonly string[];
  readonly parameters: number;
  readonly tokensPerSecond: number;
  readonly maxBatchTokens: number;
  /** Time that a batch should take: it has fewer tokens where they take longer. Absent where the number of tokens was set. */
  readonly batchTargetMs?: number;
  readonly loadSeconds: number;
}

/** The prefix cache and the device, as of the end of a batch. */
export interface EngineUsage {
  readonly prefixHits: number;
  readonly prefixMisses: number;
  readonly prefixEvictions: number;
  readonly prefixBytes: number;
  readonly deviceBytes: number;
}

export type ToEngine =
  | { readonly kind: 'load'; readonly options: EngineOptions }
  | { readonly kind: 'score'; readonly batchId: number; readonly batch: SequenceBatch }
  | { readonly kind: 'release'; readonly requestId: number }
  | { readonly kind: 'ping' }
  | { readonly kind: 'stop' };

export type FromEngine =
  | { readonly kind: 'loading'; readonly fraction: number }
  | { readonly kind: 'warming' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'ready'; readonly information: EngineInformation }
  | {
      readonly kind: 'scores';
      readonly batchId: number;
      readonly logits: Float32Array;
      readonly computedTokens: number;
      readonly sharedTokens: number;
      readonly computeSeconds: number;
      readonly usage: EngineUsage;
    }
  /** Memory was short: batches may be as large as this from now on. */
  | { readonly kind: 'budget'; readonly maxBatchTokens: number }
  /** The last word of a process whose device fails for good; what it owes is for the next one. */
  | { readonly kind: 'fault'; readonly reason: string }
  | { readonly kind: 'batchFailed'; readonly batchId: number; readonly code: string; readonly message: string }
  | { readonly kind: 'loadFailed'; readonly code: string; readonly message: string };
