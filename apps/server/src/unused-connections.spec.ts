import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { endUnusedConnections } from './unused-connections.js';

it('lets a server close beside a connection that sends nothing', async () => {
  const server = fastify();
  endUnusedConnections(server);
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  const accepted = once(server.server, 'connection');
  const silent = connect(port, '127.0.0.1').on('error', () => undefined);
  await accepted;
  const ended = once(silent, 'close');
  await server.close();
  await ended;
  expect(server.server.listening).toBe(false);
});
