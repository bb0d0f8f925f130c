import type { NestFastifyApplication } from '@nestjs/platform-fastify';
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
  const refusal = {
    message: `the server takes at most ${limit} connections, try again in ${RETRY_AFTER_SECONDS} s`,
    error: { type: 'too_many_connections', code: 503 },
  };
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', async (request, reply) => {
      if (open <= limit || factsOf(request).probe) return;
      return reply
        .header('Connection', 'close')
        .header('Retry-After', String(RETRY_AFTER_SECONDS))
        .status(503)
        .send(refusal);
    });
}
