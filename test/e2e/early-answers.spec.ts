import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TestServer } from '../support/server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const KEY = 'early-key';
const CLIENTS = path.join(import.meta.dirname, '../support/early-clients');
/** More than the buffers of two sockets hold, and more than a server drains of a small body. */
const LARGE = 20_000_000;
const SMALL = 60_000;
const PYTHON = process.env['PYTHON'] ?? 'python3';
const run = promisify(execFile);

const server = TestServer.forAll({ API_KEY: KEY, MAX_BODY_BYTES: '1000000' });

const file = (name: string) => path.join(CLIENTS, name);
const built = temporaryFolder();

interface Program {
  readonly command: readonly string[];
  /** Shows that it is installed. */
  readonly needs: readonly string[];
  readonly build?: readonly string[];
}

/** Each sends a body and prints the status and the error's type. */
const PROGRAMS: Readonly<Record<string, Program>> = {
  fetch: { command: [process.execPath, file('with_fetch.mjs')], needs: [process.execPath, '--version'] },
  requests: { command: [PYTHON, file('with_requests.py')], needs: [PYTHON, '-c', 'import requests'] },
  httpx: { command: [PYTHON, file('with_httpx.py')], needs: [PYTHON, '-c', 'import httpx'] },
  Java: {
    command: ['java', '-cp', built, 'WithJava'],
    needs: ['javac', '-version'],
    build: ['javac', '-d', built, file('WithJava.java')],
  },
  Go: {
    command: [path.join(built, 'with_go')],
    needs: ['go', 'version'],
    build: ['go', 'build', '-o', path.join(built, 'with_go'), file('with_go.go')],
  },
};

function isMissing([program, ...args]: readonly string[]): boolean {
  return spawnSync(program!, args).status !== 0;
}

async function said([program, ...args]: readonly string[], ...more: readonly string[]): Promise<string> {
  const { stdout } = await run(program!, [...args, ...more]);
  return stdout.trim();
}

describe.each(Object.entries(PROGRAMS))('%s', (name, { command, needs, build }) => {
  // Runs where the client is installed: PYTHON names a Python that has requests and httpx.
  it.skipIf(isMissing(needs))(
    `reads an answer that leaves before its body was sent (needs ${name})`,
    async () => {
      if (build !== undefined) await said(build);
      expect(await said(command, `${server.url}/rerank`, String(LARGE), 'whole')).toBe('401 unauthorized');
      expect(await said(command, `${server.url}/rerank`, String(LARGE), 'chunked')).toBe('401 unauthorized');
      expect(await said(command, `${server.url}/nowhere`, String(LARGE), 'whole')).toBe('404 not_found');
      expect(await said(command, `${server.url}/rerank`, String(SMALL), 'whole')).toBe('401 unauthorized');
    },
    120_000,
  );
});

/** All that comes on a connection after this was sent on it. */
async function answered(sent: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(sent);
  return (await socket.toArray()).map(String).join('');
}

const head = (fields: readonly string[]) =>
  ['POST /rerank HTTP/1.1', 'Host: x', 'Content-Type: application/json', ...fields, '', ''].join('\r\n');

describe('a body that was not asked for', () => {
  it('is answered by its headers alone, and the connection closed', async () => {
    expect(await answered(head(['Content-Length: 900000']))).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: close/iu);
    const tooLong = await answered(head(['Content-Length: 2000000', `X-API-Key: ${KEY}`]));
    expect(tooLong).toMatch(/^HTTP\/1\.1 413 [\s\S]*at most 1000000 bytes/u);
  });

  it('is not asked for by 100 Continue; one that is wanted is', async () => {
    expect(await answered(head(['Content-Length: 900000', 'Expect: 100-continue']))).toMatch(/^HTTP\/1\.1 401 /u);
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify({ query: 'q', documents: ['a'] });
    socket.write(
      head([`Content-Length: ${body.length}`, 'Expect: 100-continue', `X-API-Key: ${KEY}`, 'Connection: close']),
    );
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 Continue/u);
    socket.write(body);
    expect((await socket.toArray()).map(String).join('')).toMatch(/^HTTP\/1\.1 200 /u);
  });

  it('is taken off the hands of a client that sends all of it before it reads', async () => {
    for (const sent of ['whole', 'in pieces', 'whole', 'in pieces']) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1').pause();
      socket.write(head([`Content-Length: ${LARGE}`]));
      if (sent === 'in pieces') await once(socket, 'readable');
      await new Promise((resolve, reject) =>
        socket.write(Buffer.alloc(LARGE), (error) => (error ? reject(error) : resolve(undefined))),
      );
      expect((await socket.toArray()).map(String).join('')).toMatch(/^HTTP\/1\.1 401 /u);
    }
  });

  it('that is small is dropped, and the next request on the connection answered', async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`${head(['Content-Length: 5'])}12345`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(String(first)).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: keep-alive/iu);
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect((await socket.toArray()).map(String).join('')).toMatch(/^HTTP\/1\.1 200 /u);
  });
});

const post = (body: string, headers: Readonly<Record<string, string>>) =>
  server.post('/rerank', body, { 'x-api-key': KEY, ...headers });

describe('a body that is wrong', () => {
  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, /not application\/x-www-form-urlencoded/u],
    ['gzip', { 'content-encoding': 'gzip' }, /not gzip/u],
    ['an unknown type', { 'content-type': 'secret/value' }, /must be JSON: send/u],
  ])('%s is refused by name', async (_name, headers, message) => {
    const response = await post('query=a&documents=b', headers);
    expect(response.status).toBe(415);
    const answer = (await response.json()) as { message: string };
    expect(answer.message).toMatch(message);
    expect(answer.message).not.toContain('secret');
  });

  it.each([
    ['{"query": "q", "documents": ["a"', 400, /valid JSON: it ends in the middle, after byte 32/u],
    [`{"query": "q", "documents": ${'['.repeat(100)}`, 400, /nested 64 deep, and is deeper at byte 91/u],
    [`[${'0,'.repeat(400_000)}0]`, 400, /at most 100000 values/u],
    [`["${'x'.repeat(300_000)}", "\\uZZZZ"]`, 400, /Bad Unicode escape at position 300008/u],
  ])('%.30s is refused with its place', async (body, status, message) => {
    const response = await post(body, {});
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toMatch(message);
  });

  it('that is large is parsed aside, and ranked when it is right', async () => {
    const documents = Array.from({ length: 10 }, (_, index) => `${index} `.padEnd(40_000, 'é '));
    const response = await post(JSON.stringify({ query: 'q', documents, top_n: 1 }), {});
    expect(response.status).toBe(200);
  }, 120_000);
});
