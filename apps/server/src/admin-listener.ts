import { createServer, type Server } from 'node:http';
import { NotFoundException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { factsOf } from '#libs/routes';

/** Requests that came in on ADMIN_PORT. */
const requestsHere = new WeakSet<object>();

/** Routes that are no probe do not exist on ADMIN_PORT. Before the routes are made ready. */
export function keepToProbes(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', async (request) => {
    if (requestsHere.has(request.raw) && !factsOf(request).probe)
      throw new NotFoundException('only probes answer here');
  });
}

/** The probes and nothing else on a port of their own: no connection of a client stands before them. */
export async function listenForProbes(
  app: NestFastifyApplication,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const fastify = app.getHttpAdapter().getInstance();
  await app.init();
  await fastify.ready();
  const server = createServer((request, response) => {
    requestsHere.add(request);
    fastify.routing(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address() as { port: number };
  fastify.log.info({ host, port: address.port }, 'probes answer on a port of their own');
  return server;
}
