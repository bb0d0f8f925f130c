import { createServer, type Server } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { isProbe } from './probes.js';

/** The probes and nothing else on a port of their own: no connection of a client stands before them. */
export async function listenForProbes(
  app: NestFastifyApplication,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const fastify = app.getHttpAdapter().getInstance();
  await app.init();
  await fastify.ready();
  const server = createServer((request, response) => {
    if (isProbe(request.url)) fastify.routing(request, response);
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"only probes here"}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address() as { port: number };
  fastify.log.info({ host, port: address.port }, 'probes answer on a port of their own');
  return server;
}
