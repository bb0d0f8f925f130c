import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takeUpInTurn } from './requests-ahead.js';

const TAKES_MS = 20;

let server: FastifyInstance;
let begun: string[];
let atOnce: number;
let mostAtOnce: number;

beforeEach(async () => {
  begun = [];
  atOnce = 0;
  mostAtOnce = 0;
  server = fastify();
  takeUpInTurn(server);
  server.get('/:name', async ({ params }) => {
    const { name } = params as { name: string };
    begun.push(name);
    mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
    await sleep(TAKES_MS);
    atOnce -= 1;
    return name;
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
});

afterEach(() => server.close());

const get = (name: string, last = false) =>
  `GET /${name} HTTP/1.1\r\nHost: test\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;

function send(requests: string) {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  socket.write(requests);
  return socket;
}

it('answers what was sent ahead in order, one at a time', async () => {
  const said = await text(send(get('a') + get('b') + get('c', true)));
  expect(said.match(/\r\n\r\n./gu)?.map((end) => end.at(-1))).toEqual(['a', 'b', 'c']);
  expect(begun).toEqual(['a', 'b', 'c']);
  expect(mostAtOnce).toBe(1);
});

it('begins nothing of what a client sent ahead that has left', async () => {
  const socket = send(get('a') + get('b') + get('c'));
  while (begun.length === 0) await sleep(1);
  socket.destroy();
  await sleep(4 * TAKES_MS);
  expect(begun).toEqual(['a']);
});

it('refuses the first one too many, ends the connection, and looks at no more of them', async () => {
  let handedOver = 0;
  server.server.on('request', () => (handedOver += 1));
  const said = await text(send(get('x').repeat(1000)));
  expect(said.match(/HTTP\/1\.1 \d+/gu)).toHaveLength(18);
  expect(said).toMatch(/at most 16 requests may be sent ahead[^\r]*$/u);
  expect(handedOver).toBe(18);
  expect(begun).toHaveLength(17);
});
