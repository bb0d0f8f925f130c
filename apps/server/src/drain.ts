import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerConfig } from '#libs/config';
import { ModelService } from '#libs/model-service';

/** A client that already has a connection may be writing a request; after this long without one it is not. */
const QUIET_MS = 1000;
const POLL_MS = 20;

/**
 * Not ready at once, no new connections after DRAIN_DELAY: until then a load balancer that has not noticed is still served.
 * Clients that are connected get one more answer and are told to close; resolves when all have left, or are quiet.
 *
 * Not `http.Server.close`: that cuts connections between two requests, one that is on its way included.
 */
export async function drain(app: NestFastifyApplication): Promise<void> {
  app.get(ModelService).drain();
  await sleep(app.get(ServerConfig).DRAIN_DELAY * 1000);
  const server: HttpServer = app.getHttpServer();
  const state = { isOpen: server.listening, activeMs: performance.now() };
  NetServer.prototype.close.call(server, () => (state.isOpen = false));
  server.on('request', () => (state.activeMs = performance.now()));
  while (state.isOpen && performance.now() - state.activeMs < QUIET_MS) await sleep(POLL_MS);
}
