import { Describe } from './describe-variable.js';
import { ListOf, Text } from './variable-types.js';

/** The variables of traces, by the names that OpenTelemetry gave them. */
export class TracingConfig {
  @Describe(
    'Tracing',
    'Collector that gets a trace of every request by OTLP over HTTP (JSON). W3C `traceparent` is followed.',
    {
      unset: 'no tracing',
      example: 'http://localhost:4318',
    },
  )
  @Text(/^https?:\/\/\S+$/, 'an address such as http://localhost:4318')
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @Describe('Tracing', 'Headers for the collector as `name=value`, separated by commas.', {
    unset: 'none',
    example: 'authorization=Bearer%20change-me',
    secret: true,
  })
  @ListOf(/^[^\s=,]+=[^\s,]*$/, 'name=value pairs, separated by commas')
  readonly OTEL_EXPORTER_OTLP_HEADERS: readonly string[] = [];

  @Describe('Tracing', 'Name of this service in traces.')
  @Text()
  readonly OTEL_SERVICE_NAME: string = 'qwen3-reranker';
}
