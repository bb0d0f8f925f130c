import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endSlowReaders } from './slow-readers.js';

const PIECE = Buffer.alloc(65_536, 'x');
/** More than the buffers of two sockets hold. */
const PIECES = 400;

let server: FastifyInstance;

beforeEach(async () => {
  server = fastify();
  endSlowReaders(server, 500, 50);
  server.get('/', (_request, reply) => reply.send(Readable.from(Array.from({ length: PIECES }, () => PIECE))));
  await server.listen({ port: 0, host: '127.0.0.1' });
});

afterEach(() => server.close());

function ask() {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
  return socket.pause();
}

it('ends a connection whose client stops reading, and leaves one that reads slowly', async () => {
  const accepted = once(server.server, 'connection');
  const stopped = ask();
  const [atServer] = (await accepted) as [Socket];
  const slow = ask();
  const ended = once(atServer, 'close');
  let read = 0;
  slow.on('data', (chunk: Buffer) => {
    read += chunk.length;
    slow.pause();
  });
  const reading = setInterval(() => slow.resume(), 10);
  await ended;
  const whole = once(slow, 'end');
  clearInterval(reading);
  slow.removeAllListeners('data').on('data', (chunk: Buffer) => (read += chunk.length));
  slow.resume();
  await whole;
  expect(read).toBeGreaterThan(PIECES * PIECE.length);
  stopped.destroy();
});

it('leaves a connection that waits for its answer, or for its next request', async () => {
  const idle = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  await sleep(800);
  expect(idle.destroyed).toBe(false);
  idle.destroy();
});
