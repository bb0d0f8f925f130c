import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, NotFoundException, type OnApplicationShutdown } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerUnreadable } from '#libs/api';
import type { FastifyInstance } from 'fastify';
import { factsOf } from '#libs/routes';

/** The probes and nothing else on a port of their own: no connection of a client stands before them. */
@Injectable()
export class AdminListener implements OnApplicationShutdown {
  private readonly requests = new WeakSet<IncomingMessage>();
  private server: Server | undefined;

  /** What is no probe does not exist on this port. Before the gate, which would ask for a key first. */
  attach(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, _reply, done) => {
      const isElsewhere = this.requests.has(request.raw) && !factsOf(request).probe;
      done(isElsewhere ? new NotFoundException('only probes answer here') : undefined);
    });
  }

  /** Resolves with the port. */
  async listen(
    app: NestFastifyApplication,
    { host, port }: { readonly host: string; readonly port: number },
  ): Promise<number> {
    const fastify = app.getHttpAdapter().getInstance();
    await app.init();
    await fastify.ready();
    const server = createServer((request, response) => {
      this.requests.add(request);
      fastify.routing(request, response);
    });
    server.on('clientError', answerUnreadable);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
    this.server = server;
    const bound = (server.address() as AddressInfo).port;
    fastify.log.info({ host, port: bound }, 'probes answer on a port of their own');
    return bound;
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }
}
