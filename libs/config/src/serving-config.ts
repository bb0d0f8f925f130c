import { LOG_FORMATS, LOG_LEVELS, PYTHON_LOG_LEVELS } from './choices.js';
import type { LogFormat, LogLevel } from './choices.js';
import { Describe } from './describe-variable.js';
import { TracingConfig } from './tracing-config.js';
import { Flag, ListOf, NeedsWhenTrue, OneOf, OtherPortThan, Seconds, Text, WholeNumber } from './variable-types.js';

/** Node's Fastify default: above the 60 s that load balancers keep idle connections, so that they hang up first. */
const DEFAULT_KEEP_ALIVE_SECONDS = 72;

/** The variables of how requests are served: batches, limits, the HTTP server, keys, the log. */
export class ServingConfig extends TracingConfig {
  @Describe(
    'Batching',
    'Most tokens in one batch, at least 512. `auto`: what fits `BATCH_TARGET_MS` at the speed of the last full batches.',
    {
      unset: 'auto',
      example: '4096',
    },
  )
  @WholeNumber({ min: 512, auto: true })
  readonly MAX_BATCH_TOKENS?: number;

  @Describe('Batching', 'Time one batch should take, in milliseconds. Shorter is fairer, longer is faster in bulk.', {
    unset: '50 on CUDA, 250 on a CPU',
    example: '250',
  })
  @WholeNumber({ min: 1, max: 60_000, auto: true })
  readonly BATCH_TARGET_MS?: number;

  @Describe('Batching', 'Most documents in one batch. It only costs throughput: tokens already bound a batch.', {
    unset: 'no cap',
    example: '32',
  })
  @WholeNumber({ min: 1 })
  readonly BATCH_SIZE?: number;

  @Describe('Batching', 'Memory for the kept keys and values of instructions and queries, in MiB. 0 keeps none.')
  @WholeNumber({ min: 0, max: 1_048_576 })
  readonly PREFIX_CACHE_MB: number = 256;

  @Describe(
    'Batching',
    'Memory for scores of recent documents, in MiB: asked again, they are not computed. 0 keeps none.',
  )
  @WholeNumber({ min: 0, max: 1_048_576 })
  readonly SCORE_CACHE_MB: number = 0;

  @Describe('Limits', 'Most documents in one request; more are refused.')
  @WholeNumber({ min: 1 })
  readonly MAX_DOCUMENTS: number = 1000;

  @Describe('Limits', 'Largest request body in bytes (33554432 is 32 MiB); a larger one gets 413.')
  @WholeNumber({ min: 1024, max: 1_073_741_824 })
  readonly MAX_BODY_BYTES: number = 33_554_432;

  @Describe(
    'Limits',
    'Most bytes of bodies in memory at once, from their arrival to their answer; beyond it requests get 503. At least `MAX_BODY_BYTES`.',
    {
      unset: 'an eighth of the smaller of memory limit and heap limit, at most 256 MiB',
      example: '67108864',
    },
  )
  @WholeNumber({ min: 65_536, auto: true })
  readonly MAX_INFLIGHT_BYTES?: number;

  @Describe('Limits', 'Most characters in one text (query, instruction or document); a longer one gets 422.')
  @WholeNumber({ min: 1000 })
  readonly MAX_TEXT_CHARACTERS: number = 1_000_000;

  @Describe('Limits', 'Most requests at work or waiting at once; the next one gets 429.')
  @WholeNumber({ min: 1 })
  readonly MAX_CONCURRENT_REQUESTS: number = 1000;

  @Describe('Limits', 'Most tokens waiting at once; beyond it requests get 429. `auto`: by `MAX_QUEUE_SECONDS`.', {
    unset: 'auto',
    example: '1000000',
  })
  @WholeNumber({ min: 512, auto: true })
  readonly MAX_QUEUED_TOKENS?: number;

  @Describe(
    'Limits',
    'Longest time until a request would be computed, at the measured rate, in seconds; beyond it requests get 429.',
  )
  @Seconds()
  readonly MAX_QUEUE_SECONDS: number = 10;

  @Describe(
    'Limits',
    'Priority of requests that name none, 0 (first) to 999; 1 comes after 0, and 2 and more after 1 (`docs/priority.md`).',
  )
  @WholeNumber({ min: 0, max: 999 })
  readonly DEFAULT_PRIORITY: number = 0;

  @Describe('Limits', 'Longest time for one request, in seconds.')
  @Seconds()
  readonly REQUEST_TIMEOUT: number = 120;

  @Describe('Server', 'Address to listen on.')
  @Text(/^\S+$/, 'an address without blanks, such as 0.0.0.0 or ::')
  readonly HOST: string = '0.0.0.0';

  @Describe('Server', 'Port to listen on; 0 takes a free one.')
  @WholeNumber({ min: 0, max: 65_535 })
  readonly PORT: number = 8004;

  @Describe('Server', 'Most open connections; beyond them all but probes get 503.', {
    unset: 'no limit',
    example: '2000',
  })
  @WholeNumber({ min: 1 })
  readonly MAX_CONNECTIONS?: number;

  @Describe('Server', 'Connections the operating system holds until they are accepted.')
  @WholeNumber({ min: 1, max: 65_535 })
  readonly BACKLOG: number = 511;

  @Describe('Server', 'How long an idle connection stays open, in seconds.')
  @Seconds()
  readonly KEEP_ALIVE_TIMEOUT: number = DEFAULT_KEEP_ALIVE_SECONDS;

  @Describe(
    'Server',
    'Second port for probes and `/metrics` alone (`docs/operating.md` lists them), for those that must always get through.',
    {
      unset: 'none',
      example: '8005',
    },
  )
  @WholeNumber({ min: 0, max: 65_535 })
  @OtherPortThan('PORT')
  readonly ADMIN_PORT?: number;

  @Describe('Server', 'Time between not ready and closing when told to stop, in seconds, for load balancers to notice.')
  @Seconds({ orNone: true })
  readonly DRAIN_DELAY: number = 0;

  @Describe('Server', 'Origins whose pages may call the server, separated by commas; `*` for all.', {
    unset: 'none',
    example: 'https://search.example.com',
  })
  @ListOf(/^(\*|https?:\/\/[^\s/,]+)$/, '* or origins such as https://search.example.com, separated by commas')
  readonly CORS_ORIGINS: readonly string[] = [];

  @Describe('Server', 'Serves the OpenAPI page at `/docs`.')
  @Flag()
  readonly DOCS: boolean = true;

  @Describe('Server', 'Serves the playground at `/`.', {
    unset: '`true`, but `false` when `NODE_ENV` is `production`',
    example: 'true',
  })
  @Flag()
  readonly PLAYGROUND: boolean;

  @Describe('Keys', 'Keys that open the server, separated by commas. Sent as `Authorization: Bearer` or `X-API-Key`.', {
    unset: 'none',
    example: 'change-me',
    secret: true,
  })
  @ListOf(/^[\x21-\x7e]+$/, 'keys of visible ASCII characters without blanks, separated by commas')
  readonly API_KEY: readonly string[] = [];

  @Describe(
    'Keys',
    'File with further keys, one a line; read again when it changes, so that keys rotate without a restart. `best-priority=2` behind a key keeps its requests from a lower number.',
    {
      unset: 'none',
      example: '/run/secrets/rerank-keys',
    },
  )
  @Text()
  readonly API_KEY_FILE?: string;

  @Describe(
    'Keys',
    'Refuses requests without a key. Probes and the playground page stay open. `true` needs `API_KEY` or `API_KEY_FILE`.',
    {
      unset: '`true` when one of them is set',
      example: 'true',
    },
  )
  @Flag()
  @NeedsWhenTrue('API_KEY', 'API_KEY_FILE')
  readonly REQUIRE_API_KEY: boolean;

  @Describe('Keys', 'Asks for a key at `/metrics` too. `true` needs `API_KEY` or `API_KEY_FILE`.')
  @Flag()
  @NeedsWhenTrue('API_KEY', 'API_KEY_FILE')
  readonly METRICS_REQUIRE_API_KEY: boolean = false;

  @Describe('Logging', 'Writes a line per request. `false` leaves only warnings and errors.')
  @Flag()
  readonly ENABLE_LOGGING: boolean = true;

  @Describe('Logging', `Least severe level that is written: ${LOG_LEVELS.join(', ')}, in any case.`)
  @OneOf(LOG_LEVELS, PYTHON_LOG_LEVELS)
  readonly LOG_LEVEL: LogLevel = 'info';

  @Describe(
    'Logging',
    '`json`: a JSON object per line. `text`: lines for people. `auto`: text on a terminal, JSON elsewhere.',
  )
  @OneOf(LOG_FORMATS)
  readonly LOG_FORMAT: LogFormat = 'auto';
}
