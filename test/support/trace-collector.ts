import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface Attributes {
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

export interface CollectedSpan extends Attributes {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

/** OTLP in its JSON encoding. */
interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: Attributes;
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
  }[];
}

/** A collector that keeps what it gets by OTLP over HTTP. */
export class TraceCollector {
  readonly requests: {
    readonly path: string | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly sent: Sent;
  }[] = [];
  private readonly server = createServer((request, response) => {
    void json(request).then((sent) => {
      this.requests.push({ path: request.url, headers: request.headers, sent: sent as Sent });
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get spans(): readonly CollectedSpan[] {
    return this.requests.flatMap(({ sent }) =>
      sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  }

  /** What the server says of itself, by its last request. */
  get resource(): Readonly<Record<string, unknown>> {
    const { attributes } = this.requests.at(-1)!.sent.resourceSpans[0]!.resource;
    return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
