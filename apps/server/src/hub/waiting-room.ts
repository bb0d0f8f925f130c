import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppConfig } from '#libs/config';
import type { DownloadReport } from './download-report.js';

const RETRY_AFTER_SECONDS = 10;
const CLOSE_MS = 500;

/**
 * Listens on the server's port while its model is downloaded: probes and callers learn how far it is, instead of a refused
 * connection. The server itself needs the checkpoint before it can be put together.
 */
export class WaitingRoom {
  private constructor(private readonly server: Server) {}

  static async open(config: AppConfig, report: DownloadReport): Promise<WaitingRoom> {
    const server = createServer({ keepAlive: false }, (request, response) => {
      // Callers come back on a new connection, which the server itself will have.
      response.setHeader('Connection', 'close');
      answer(response, request.url?.split('?')[0] ?? '/', { model: config.SERVED_MODEL_NAME, report });
    });
    server.listen({ port: config.PORT, host: config.HOST, backlog: config.BACKLOG });
    await once(server, 'listening');
    return new WaitingRoom(server);
  }

  /** The port it listens on, where any was asked for. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Requests that came are answered first. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    // A connection without a request would keep the port.
    const impatience = setTimeout(() => this.server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearTimeout(impatience);
  }
}

interface Shown {
  readonly model: string;
  readonly report: DownloadReport;
}

function answer(response: ServerResponse, path: string, shown: Shown): void {
  if (path === '/health/live') return send(response, 200, { status: 'alive' });
  if (path === '/metrics') return sendMetrics(response, shown.report);
  response.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
  if (/^\/health(\/|$)/u.test(path)) return send(response, 503, health(shown));
  const message = `the model is being downloaded (${shown.report.percent} %), try again shortly`;
  send(response, 503, {
    message,
    detail: message,
    error: { message, type: 'model_not_ready', param: null, code: 503 },
  });
}

function health({ model, report }: Shown): object {
  const { receivedBytes, totalBytes } = report.progress;
  return {
    status: 'unhealthy',
    state: 'downloading',
    model,
    download: {
      percent: report.percent,
      received_bytes: receivedBytes,
      total_bytes: totalBytes,
      waiting_for: report.waitingFor,
    },
    uptime_seconds: Math.round(process.uptime()),
  };
}

/** A target that is up, and how far it is. */
function sendMetrics(response: ServerResponse, { progress }: DownloadReport): void {
  const lines = [
    ['rerank_model_download_received_bytes', 'Bytes of the weights that are there.', progress.receivedBytes],
    ['rerank_model_download_bytes', 'Bytes of all weights; 0 until the hub said.', progress.totalBytes],
  ].map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`);
  response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(lines.join(''));
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
