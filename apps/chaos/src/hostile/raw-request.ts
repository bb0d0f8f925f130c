import { connect, type Socket } from 'node:net';
import type { Attack } from './attacks.js';

/** The first bytes of a slow body: enough to begin with. */
const SLOW_START = 10_000;
const SLOW_EVERY_MS = 200;
/** Four chunks of a socket. */
const AHEAD = 5000;
/** A server that has not answered by then never will. */
const LIMIT_MS = 180_000;

export interface Sent {
  readonly status: number | 'aborted' | 'no answer';
  readonly ms: number;
}

/** Sends what no HTTP client would, and reads the status whenever it comes; resolves when the answer is whole. */
export function sendRaw(url: string, attack: Attack, key?: string): Promise<Sent> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = openSocket(url);
    let answer = '';
    let isWhole = false;
    const finish = (status: Sent['status']) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status, ms: performance.now() - startedMs });
    };
    const timer = setTimeout(() => finish('no answer'), LIMIT_MS);
    socket.on('data', (chunk) => {
      if (answer.length < 12) answer += chunk.toString('latin1').slice(0, 12);
    });
    const end = () => {
      if (!isWhole) finish(statusOf(answer));
      isWhole = true;
    };
    socket.once('end', end).once('error', end).once('close', end);
    if (attack.manner === 'ahead') {
      socket.write(`GET ${attack.path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(AHEAD));
      return;
    }
    socket.write(headOf(attack, key, attack.body.length));
    send(socket, attack, () => finish('aborted'));
  });
}

/** A connection whose request has its headers and the first bytes of its body, and no more. */
export function holdOpen(url: string, attack: Attack, { key, bytes }: { key: string; bytes: number }): Socket {
  const socket = openSocket(url);
  socket.on('error', () => undefined).resume();
  socket.write(headOf(attack, key, attack.body.length));
  socket.write(attack.body.subarray(0, bytes));
  return socket;
}

function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url);
  // The other half stays open after the answer, or what is still to be written would be lost with it.
  return connect({ host: hostname, port: Number(port), allowHalfOpen: false });
}

function send(socket: Socket, { body, manner }: Attack, aborted: () => void): void {
  if (manner === undefined) {
    socket.write(body);
    return;
  }
  if (manner === 'aborted') {
    socket.write(body.subarray(0, body.length / 2), aborted);
    return;
  }
  socket.write(body.subarray(0, SLOW_START));
  let at = SLOW_START;
  const timer = setInterval(() => socket.write(body.subarray(at, (at += 1))), SLOW_EVERY_MS);
  socket.once('close', () => clearInterval(timer));
}

function headOf({ path, headers = {} }: Attack, key: string | undefined, length: number): string {
  const all = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    ...headers,
    'Content-Length': String(length),
    Connection: 'close',
    ...(key !== undefined && { Authorization: `Bearer ${key}` }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function statusOf(answer: string): Sent['status'] {
  const status = Number(/^HTTP\/1\.1 (?<status>\d{3})/u.exec(answer)?.groups?.['status']);
  return Number.isNaN(status) ? 'no answer' : status;
}
