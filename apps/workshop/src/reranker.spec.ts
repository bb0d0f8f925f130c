import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Reranker } from './reranker.js';

it('comes back when a busy server says', async () => {
  let refusals = 2;
  const server = createServer((_request, response) => {
    const status = refusals > 0 ? 429 : 200;
    refusals -= 1;
    response.writeHead(status, { 'retry-after': '0' });
    response.end(JSON.stringify({ results: [{ index: 0, relevance_score: 3 }] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reranker = new Reranker(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await reranker.scores('query', ['document'])).toEqual([3]);
  server.close();
});

it('asks again when its connection ends without an answer, and once only', async () => {
  let cut = 1;
  const server = createServer((request, response) => {
    if (cut > 0) request.socket.destroy();
    else response.end(JSON.stringify({ results: [{ index: 0, relevance_score: 3 }] }));
    cut -= 1;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reranker = new Reranker(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await reranker.scores('query', ['document'])).toEqual([3]);
  cut = 2;
  await expect(reranker.scores('query', ['document'])).rejects.toThrow('fetch failed');
  server.close();
});
