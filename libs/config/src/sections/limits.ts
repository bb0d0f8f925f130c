import { Describe } from '../describe-variable.js';
import { Seconds, WholeNumber } from '../variable-types.js';

/** What is refused, and when. */
export class LimitsConfig {
  @Describe('Most documents in one request; more are refused.')
  @WholeNumber({ min: 1 })
  readonly MAX_DOCUMENTS: number = 1000;

  @Describe('Largest request body in bytes (33554432 is 32 MiB); a larger one gets 413.')
  @WholeNumber({ min: 1024, max: 1_073_741_824 })
  readonly MAX_BODY_BYTES: number = 33_554_432;

  @Describe(
    'Most bytes of bodies in memory at once, from their arrival to their answer; beyond it requests get 503. At least `MAX_BODY_BYTES`.',
    {
      unset: 'an eighth of the smaller of memory limit and heap limit, at most 256 MiB',
      example: '67108864',
    },
  )
  @WholeNumber({ min: 65_536, auto: true })
  readonly MAX_INFLIGHT_BYTES?: number;

  @Describe('Most characters in one text (query, instruction or document); a longer one gets 422.')
  @WholeNumber({ min: 1000 })
  readonly MAX_TEXT_CHARACTERS: number = 1_000_000;

  @Describe('Most requests at work or waiting at once; the next one gets 429.')
  @WholeNumber({ min: 1 })
  readonly MAX_CONCURRENT_REQUESTS: number = 1000;

  @Describe('Most tokens waiting at once; beyond it requests get 429. `auto`: by `MAX_QUEUE_SECONDS`.', {
    unset: 'auto',
    example: '1000000',
  })
  @WholeNumber({ min: 512, auto: true })
  readonly MAX_QUEUED_TOKENS?: number;

  @Describe(
    'Longest time until a request would be computed, at the measured rate, in seconds; beyond it requests get 429.',
  )
  @Seconds()
  readonly MAX_QUEUE_SECONDS: number = 10;

  @Describe(
    'Priority of requests that name none, 0 (first) to 999; 1 comes after 0, and 2 and more after 1 (`docs/priority.md`).',
  )
  @WholeNumber({ min: 0, max: 999 })
  readonly DEFAULT_PRIORITY: number = 0;

  @Describe('Longest time for one request, in seconds.')
  @Seconds()
  readonly REQUEST_TIMEOUT: number = 120;
}
