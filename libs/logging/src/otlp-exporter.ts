import type { OtlpSpan } from './request-spans.js';

const FLUSH_MS = 5000;
const BATCH_SPANS = 512;
/** A collector that is down costs this much memory and no more. */
const MOST_SPANS = 4096;
const TIMEOUT_MS = 10_000;

export interface OtlpSettings {
  /** OTEL_EXPORTER_OTLP_ENDPOINT; `/v1/traces` is added, as the specification says. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Told of spans that could not be delivered. */
  readonly failed: (reason: string, spans: number) => void;
}

/**
 * Sends spans to a collector by OTLP over HTTP in its JSON encoding. Our own because the SDK's exporter brings 22 packages,
 * 32 MB and an install script for what is one POST of a fixed shape.
 */
export class OtlpExporter {
  private spans: OtlpSpan[] = [];
  private readonly timer: NodeJS.Timeout;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly settings: OtlpSettings) {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  add(spans: readonly OtlpSpan[]): void {
    if (this.spans.length + spans.length > MOST_SPANS) this.settings.failed('too many spans wait', spans.length);
    else this.spans.push(...spans);
    if (this.spans.length >= BATCH_SPANS) void this.flush();
  }

  /** Resolves when everything that waited was sent or given up. */
  flush(): Promise<void> {
    this.sending = this.sending.then(() => this.send(this.spans.splice(0)));
    return this.sending;
  }

  close(): Promise<void> {
    clearInterval(this.timer);
    return this.flush();
  }

  private async send(spans: readonly OtlpSpan[]): Promise<void> {
    if (spans.length === 0) return;
    const { endpoint, serviceName, headers, failed } = this.settings;
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: serviceName } }] };
    const scopeSpans = [{ scope: { name: 'qwen3-reranker' }, spans }];
    try {
      const response = await fetch(`${endpoint.replace(/\/$/u, '')}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) failed(`the collector answered ${response.status}`, spans.length);
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error), spans.length);
    }
  }
}
