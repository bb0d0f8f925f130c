import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';

const BODY = { query: 'q', documents: ['a'] };

const server = TestServer.forAll({
  MAX_CONNECTIONS: '20',
  ADMIN_PORT: '0',
  DRAIN_DELAY: '1.5',
  MAX_CONCURRENT_REQUESTS: '2',
  MAX_QUEUED_TOKENS: '10000000',
  REQUEST_TIMEOUT: '5',
  SCORE_CACHE_MB: '1',
});

/** So much work that it cannot be done within REQUEST_TIMEOUT; different in every call. */
function muchWork(salt: string): object {
  const documents = Array.from({ length: 1000 }, (_, index) => `${salt} ${index} ${'word after word '.repeat(40)}`);
  return { query: salt, documents };
}

async function messageOf(response: Response): Promise<string> {
  return ((await response.json()) as { message: string }).message;
}

describe('a server at its limits', () => {
  it('refuses with 429, the limit and Retry-After while it is full; the deadline ends the others with 504', async () => {
    const full = [server.post('/rerank', muchWork('one')), server.post('/rerank', muchWork('two'))];
    await server.until(async () => (await server.metric('rerank_active_requests')) === 2);
    const refused = await server.post('/rerank', BODY);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await messageOf(refused)).toMatch(/at most 2 requests/u);
    // Whatever is wrong with a body: it was not read. In the form of the path's API.
    const unread = await server.post('/tei/rerank', 'no JSON');
    expect(unread.status).toBe(429);
    expect(await unread.json()).toMatchObject({ error_type: 'Overloaded' });
    expect((await Promise.all(full)).map(({ status }) => status)).toEqual([504, 504]);
    await server.until(async () => (await server.metric('rerank_active_requests')) === 0);
    expect(await server.metric('rerank_queued_tokens')).toBe(0);
    expect((await server.post('/rerank', BODY)).status).toBe(200);
  }, 30_000);

  it('tokenises by the same door: counted, and refused with 429 while it is full', async () => {
    expect((await server.post('/tokenize', { inputs: ['one', 'two'] })).status).toBe(200);
    await server.until(async () => (await server.metric('rerank_active_requests')) === 0);
    const full = [server.post('/rerank', muchWork('three')), server.post('/rerank', muchWork('four'))];
    await server.until(async () => (await server.metric('rerank_active_requests')) === 2);
    expect((await server.post('/tokenize', { inputs: 'one' })).status).toBe(429);
    await Promise.all(full);
  }, 30_000);

  it('counts a call of many queries as one request', async () => {
    const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`);
    const answer = await server.post('/vllm/score', { text_1: texts, text_2: texts });
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(40);
  });

  it('computes nothing of a client that left', async () => {
    const client = new AbortController();
    const answer = fetch(`${server.url}/rerank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(muchWork('left')),
      signal: client.signal,
    }).catch((error: unknown) => error);
    await server.until(async () => (await server.metric('rerank_active_requests')) === 1);
    client.abort();
    expect(await answer).toBeInstanceOf(DOMException);
    await server.until(async () => (await server.metric('rerank_active_requests')) === 0);
    // The engine scores in order: when this is answered, what was in flight is over, and nothing may follow.
    expect((await server.post('/rerank', BODY)).status).toBe(200);
    const computed = await server.metric('rerank_computed_tokens_total');
    expect((await server.post('/rerank', { query: 'q', documents: ['b'] })).status).toBe(200);
    expect(await server.metric('rerank_computed_tokens_total')).toBeLessThan(computed + 100);
  }, 30_000);

  it.each([
    ['closes its connection', (socket: Socket) => socket.destroy()],
    // That it could still read is not seen: it counts as gone.
    ['closes its half of the connection', (socket: Socket) => socket.end()],
  ])(
    'computes nothing of a client that %s while its large body is parsed',
    async (what, leave) => {
      const computed = await server.metric('rerank_computed_tokens_total');
      const client = (await connected(Number(new URL(server.url).port))).resume();
      const closed = once(client, 'close');
      client.write(requestOf(muchWork(what)), () => leave(client));
      await closed;
      expect((await server.post('/rerank', { query: 'q', documents: [what] })).status).toBe(200);
      await server.until(async () => (await server.metric('rerank_active_requests')) === 0);
      expect(await server.metric('rerank_computed_tokens_total')).toBeLessThan(computed + 200);
    },
    30_000,
  );

  it('answers probes when there are more connections than it takes, on its port and on ADMIN_PORT', async () => {
    const port = Number(new URL(server.url).port);
    const idle = await Promise.all(Array.from({ length: 20 }, () => connected(port)));
    // The server may see a connection later than the client.
    await server.until(async () => (await server.post('/rerank', BODY)).status === 503);
    expect(await messageOf(await server.post('/rerank', BODY))).toMatch(/at most 20 connections/u);
    const tei = await server.post('/tei/rerank', { query: 'q', texts: ['a'] });
    expect(tei.headers.get('retry-after')).toBe('1');
    expect(await tei.json()).toMatchObject({ error: expect.stringMatching(/at most 20/u), error_type: 'Unhealthy' });
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${adminUrl()}/metrics`)).status).toBe(200);
    for (const socket of idle) socket.destroy();
    await server.until(async () => (await server.post('/rerank', BODY)).ok);
  });

  it('answers nothing but probes on ADMIN_PORT', async () => {
    expect((await fetch(`${adminUrl()}/health/live`)).status).toBe(200);
    expect((await fetch(`${adminUrl()}/rerank`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${adminUrl()}/docs`)).status).toBe(404);
    const body = JSON.stringify({ query: { text: 'q' }, passages: [{ text: 'a' }] });
    expect((await fetch(`${adminUrl()}/health/reranking`, { method: 'POST', body })).status).toBe(404);
  });

  it('answers what is no request in the form that all clients can read, on each port', async () => {
    for (const [sent, status, kind] of [
      ['this is no HTTP\r\n\r\n', 400, 'invalid_request'],
      [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ] as const) {
      for (const url of [server.url, adminUrl()]) {
        const socket = await connected(Number(new URL(url).port));
        socket.write(sent);
        const [headers, body] = (await socket.toArray()).map(String).join('').split('\r\n\r\n');
        expect(headers).toMatch(new RegExp(`^HTTP/1.1 ${status} `, 'u'));
        const { id, error } = JSON.parse(body!) as { id: string; error: unknown };
        expect(headers).toContain(`X-Request-Id: ${id}`);
        expect(error).toMatchObject({ code: status, type: kind });
      }
    }
  });

  it('answers a body that is no HTTP, though its request was read already', async () => {
    const socket = await connected(Number(new URL(server.url).port));
    const head = ['POST /rerank HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    setTimeout(() => socket.write('this is no length\r\n'), 100);
    expect((await socket.toArray()).map(String).join('')).toMatch(/^HTTP\/1\.1 400 [^]*no HTTP request/u);
  });

  it('sends the headers that browsers want to see', async () => {
    const { headers } = await server.post('/rerank', BODY);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  // The last test: it ends the server.
  it('is not ready at once when told to stop, serves who still comes, then each connection once more, and exits with 0', async () => {
    const { port } = new URL(server.url);
    const kept = await connected(Number(port));
    server.process.kill('SIGTERM');
    await server.until(async () => (await fetch(`${server.url}/health/ready`)).status === 503);
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ state: 'draining' });
    const late = await server.post('/rerank', BODY);
    expect(late.status).toBe(200);
    expect(late.headers.get('connection')).toBe('keep-alive');
    await server.until(() => isRefused(Number(port)));
    const last = await answerOn(kept, BODY);
    expect(last).toMatch(/^HTTP\/1\.1 200 /u);
    expect(last).toMatch(/^connection: close/imu);
    expect(await server.exit()).toBe(0);
  }, 20_000);
});

function adminUrl(): string {
  const { port } = /"port":(?<port>\d+),"msg":"probes answer/u.exec(server.log)!.groups!;
  return `http://127.0.0.1:${port}`;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

/** The whole answer to a request on this connection, which the server then closes. */
async function answerOn(socket: Socket, body: unknown): Promise<string> {
  socket.write(requestOf(body));
  return (await socket.toArray()).map(String).join('');
}

function requestOf(body: unknown): string {
  const text = JSON.stringify(body);
  const head = [
    'POST /rerank HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}
