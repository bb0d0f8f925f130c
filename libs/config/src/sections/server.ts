import { Describe } from '../describe-variable.js';
import { Flag, ListOf, OtherPortThan, Seconds, Text, WholeNumber } from '../variable-types.js';

/** Node's Fastify default: above the 60 s that load balancers keep idle connections, so that they hang up first. */
const DEFAULT_KEEP_ALIVE_SECONDS = 72;

/** The HTTP server: addresses, connections, pages. */
export class ServerConfig {
  @Describe('Address to listen on.')
  @Text(/^\S+$/, 'an address without blanks, such as 0.0.0.0 or ::')
  readonly HOST: string = '0.0.0.0';

  @Describe('Port to listen on; 0 takes a free one.')
  @WholeNumber({ min: 0, max: 65_535 })
  readonly PORT: number = 8004;

  @Describe('Most open connections; beyond them all but probes get 503.', {
    unset: 'no limit',
    example: '2000',
  })
  @WholeNumber({ min: 1 })
  readonly MAX_CONNECTIONS?: number;

  @Describe('Connections the operating system holds until they are accepted.')
  @WholeNumber({ min: 1, max: 65_535 })
  readonly BACKLOG: number = 511;

  @Describe('How long an idle connection stays open, in seconds.')
  @Seconds()
  readonly KEEP_ALIVE_TIMEOUT: number = DEFAULT_KEEP_ALIVE_SECONDS;

  @Describe(
    'Second port for probes and `/metrics` alone (`docs/operating.md` lists them), for those that must always get through.',
    {
      unset: 'none',
      example: '8005',
    },
  )
  @WholeNumber({ min: 0, max: 65_535 })
  @OtherPortThan('PORT')
  readonly ADMIN_PORT?: number;

  @Describe('Time between not ready and closing when told to stop, in seconds, for load balancers to notice.')
  @Seconds({ orNone: true })
  readonly DRAIN_DELAY: number = 0;

  @Describe('Origins whose pages may call the server, separated by commas; `*` for all.', {
    unset: 'none',
    example: 'https://search.example.com',
  })
  @ListOf(/^(\*|https?:\/\/[^\s/,]+)$/, '* or origins such as https://search.example.com, separated by commas')
  readonly CORS_ORIGINS: readonly string[] = [];

  @Describe('Serves the OpenAPI page at `/docs`.')
  @Flag()
  readonly DOCS: boolean = true;

  @Describe('Serves the playground at `/`.', {
    unset: '`true`, but `false` when `NODE_ENV` is `production`',
    example: 'true',
  })
  @Flag()
  readonly PLAYGROUND: boolean;
}
