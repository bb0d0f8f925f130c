import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as a client sent it, without what differs from machine to machine. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for a request without one. */
  readonly body?: unknown;
}

/** Headers by which servers tell clients, and their keys, apart. */
const TELLING = [
  'authorization',
  'api-key',
  'x-api-key',
  'content-type',
  'user-agent',
  'x-client-name',
  'request-source',
  'x-fern-language',
  'x-fern-sdk-name',
  'x-pinecone-api-version',
  'x-voyage-client-user-agent',
];
/** Of the connection to us, not of the request. */
const CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding', 'expect']);

/** Stands between a client and the server, and keeps what the client sends. */
export class Recorder {
  private requests: RecordedRequest[] = [];

  private constructor(
    private readonly target: string,
    private readonly listener: Server,
  ) {}

  static async start(target: string): Promise<Recorder> {
    const listener = createServer();
    const recorder = new Recorder(target, listener);
    listener.on('request', (request, response) => {
      recorder.pass(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** The requests since the last call. */
  take(): RecordedRequest[] {
    return this.requests.splice(0);
  }

  async stop(): Promise<void> {
    this.listener.closeAllConnections();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    this.requests.push(recorded(request, body.toString('utf8')));
    const headers = Object.entries(request.headers).filter(([name]) => !CONNECTION.has(name)) as [string, string][];
    const init = { method: request.method!, headers, ...(body.length > 0 && { body }) };
    const answer = await fetch(this.target + request.url, init);
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }
}

function recorded({ method, url, headers }: IncomingMessage, text: string): RecordedRequest {
  const telling = TELLING.filter((name) => headers[name] !== undefined);
  return {
    method: method!,
    path: url!,
    headers: Object.fromEntries(telling.map((name) => [name, steady(name, String(headers[name]))])),
    ...(text !== '' && { body: JSON.parse(text) as unknown }),
  };
}

/** Agents name the versions of their runtime and of what they run on. */
function steady(name: string, value: string): string {
  if (name === 'x-voyage-client-user-agent') return '{}';
  return name === 'user-agent' ? value.replaceAll(/\/v?\d[^\s;)]*/gu, '') : value;
}
