import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpFault } from '#libs/api';
import { factsOf } from '#libs/routes';

/** Connections beyond the limit that are still accepted, so that probes get through and everybody else gets a sentence. */
const RESERVE = 64;
const RETRY_AFTER_SECONDS = 1;

/** No more open connections than `limit` for requests; those of the reserve answer probes, and 503 to all others. */
export function limitConnections(app: NestFastifyApplication, limit: number): void {
  const server = app.getHttpServer();
  let open = 0;
  server.maxConnections = limit + RESERVE;
  server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => (open -= 1));
  });
  const message = `the server takes at most ${limit} connections, try again in ${RETRY_AFTER_SECONDS} s`;
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      if (open <= limit || factsOf(request).probe) return done();
      reply.header('Connection', 'close');
      return done(new HttpFault('too_many_connections', message, RETRY_AFTER_SECONDS));
    });
}
