import { Describe } from '../describe-variable.js';
import { ListOf, Text } from '../variable-types.js';

/** Traces, by the names that OpenTelemetry gave them. */
export class TracingConfig {
  @Describe(
    "Collector that gets a trace of every request by OTLP. Needs OpenTelemetry's SDK, which the images have; elsewhere the start " +
      'says what to install. All other `OTEL_*` variables of the SDK work; W3C `traceparent` is followed.',
    { unset: 'no tracing', example: 'http://localhost:4318' },
  )
  @Text(/^https?:\/\/\S+$/, 'an address such as http://localhost:4318')
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Describe('Headers for the collector as `name=value`, separated by commas.', {
    unset: 'none',
    example: 'authorization=Bearer%20change-me',
    secret: true,
  })
  @ListOf(
    /^[\w!#$%&'*+.^`|~-]+=(?:[!-$&-+\--~]|%(?:[2-6][\da-f]|7[\da-e]))*$/iu,
    'name=value pairs, separated by commas, other characters of a value as %20 to %7e',
  )
  readonly OTEL_EXPORTER_OTLP_HEADERS: readonly string[] = [];

  @Describe('Name of this service in traces.', { unset: '`qwen3-reranker`' })
  @Text()
  readonly OTEL_SERVICE_NAME?: string;
}
