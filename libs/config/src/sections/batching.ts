import { Describe } from '../describe-variable.js';
import { WholeNumber } from '../variable-types.js';

/** Which documents are computed together, and what is kept of them. */
export class BatchingConfig {
  @Describe(
    'Most tokens in one batch, at least 512. `auto`: what fits `BATCH_TARGET_MS` at the speed of the last full batches.',
    {
      unset: 'auto',
      example: '4096',
    },
  )
  @WholeNumber({ min: 512, auto: true })
  readonly MAX_BATCH_TOKENS?: number;

  @Describe('Time one batch should take, in milliseconds. Shorter is fairer, longer is faster in bulk.', {
    unset: '50 on CUDA, 250 on a CPU',
    example: '250',
  })
  @WholeNumber({ min: 1, max: 60_000, auto: true })
  readonly BATCH_TARGET_MS?: number;

  @Describe('Most documents in one batch. It only costs throughput: tokens already bound a batch.', {
    unset: 'no cap',
    example: '32',
  })
  @WholeNumber({ min: 1 })
  readonly BATCH_SIZE?: number;

  @Describe('Memory for the kept keys and values of instructions and queries, in MiB. 0 keeps none.')
  @WholeNumber({ min: 0, max: 1_048_576 })
  readonly PREFIX_CACHE_MB: number = 256;

  @Describe('Memory for scores of recent documents, in MiB: asked again, they are not computed. 0 keeps none.')
  @WholeNumber({ min: 0, max: 1_048_576 })
  readonly SCORE_CACHE_MB: number = 0;
}
