import { Describe } from '../describe-variable.js';
import { Flag, ListOf, NeedsWhenTrue, Text } from '../variable-types.js';

/** Who may ask. */
export class KeysConfig {
  @Describe('Keys that open the server, separated by commas. Sent as `Authorization: Bearer` or `X-API-Key`.', {
    unset: 'none',
    example: 'change-me',
    secret: true,
  })
  @ListOf(/^[\x21-\x7e]+$/, 'keys of visible ASCII characters without blanks, separated by commas')
  readonly API_KEY: readonly string[] = [];

  @Describe(
    'File with further keys, one a line; read again when it changes, so that keys rotate without a restart. `best-priority=2` behind a key keeps its requests from a lower number.',
    {
      unset: 'none',
      example: '/run/secrets/rerank-keys',
    },
  )
  @Text()
  readonly API_KEY_FILE?: string;

  @Describe(
    'Refuses requests without a key. Probes and the playground page stay open. `true` needs `API_KEY` or `API_KEY_FILE`.',
    {
      unset: '`true` when one of them is set',
      example: 'true',
    },
  )
  @Flag()
  @NeedsWhenTrue('API_KEY', 'API_KEY_FILE')
  readonly REQUIRE_API_KEY: boolean;

  @Describe('Asks for a key at `/metrics` too. `true` needs `API_KEY` or `API_KEY_FILE`.')
  @Flag()
  @NeedsWhenTrue('API_KEY', 'API_KEY_FILE')
  readonly METRICS_REQUIRE_API_KEY: boolean = false;
}
